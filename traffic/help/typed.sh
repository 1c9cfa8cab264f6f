# SPDX-License-Identifier: Apache-2.0
# typed: what somebody types into a shell, with pauses.
typed() {
	local line
	for line in id "cd /$(pick etc usr var tmp)" 'ls -l' "cat $(pick /etc/passwd /etc/services /etc/hosts)" "echo $(words 4)" \
		'uname -a' ps "$(word)" "ls $(pick /bin /home /root)" whoami "grep $(word) /etc/services" df; do
		if [ $((RANDOM % 3)) != 0 ]; then
			echo "$line"
			pause
		fi
	done
	echo exit
}

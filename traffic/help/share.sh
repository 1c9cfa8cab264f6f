# SPDX-License-Identifier: Apache-2.0
# files: a folder share/ with something in it, for anybody.
files() {
	local i
	mkdir -p share/sub
	for i in 1 2 3; do
		words "$(number 3 900)" >share/t$i
		bytes "$(number 3 90000)" >share/b$i
	done
	chmod -R 777 share
}

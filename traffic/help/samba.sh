# SPDX-License-Identifier: Apache-2.0
# Samba, with everything it writes in /tmp/samba.

# samba_conf NAME: settings of a host of that name
samba_conf() {
	local folder
	for folder in private lock state cache pid ncalrpc log; do mkdir -p "/tmp/samba/$folder"; done
	mkdir -p /run/samba
	cat <<-END
		[global]
		netbios name = $1
		workgroup = $(pick WORKGROUP "$(word)")
		server string = $(words 3)
		interfaces = eth0
		bind interfaces only = yes
		private dir = /tmp/samba/private
		lock directory = /tmp/samba/lock
		state directory = /tmp/samba/state
		cache directory = /tmp/samba/cache
		pid directory = /tmp/samba/pid
		ncalrpc dir = /tmp/samba/ncalrpc
		log file = /tmp/samba/log/all
		map to guest = Bad User
		load printers = no
		disable spoolss = yes
	END
}

# endpoints: a host whose remote calls can be found and made over TCP; the user is anna, the password is secret
endpoints() {
	useradd -m anna
	{
		samba_conf "$(word)$ROUND"
		printf 'rpc start on demand helpers = no\nserver min protocol = NT1\n'
	} >conf
	printf 'secret\nsecret\n' | smbpasswd -c conf -s -a anna
	smbd --foreground --no-process-group --debug-stdout -s conf &
	exec /usr/libexec/samba/samba-dcerpcd --libexec-rpcds --foreground --no-process-group --debug-stdout -s conf
}

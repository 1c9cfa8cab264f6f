# SPDX-License-Identifier: Apache-2.0
# chat_server: prosody with anna and bert, whose passwords are secret, in the clear.
chat_server() {
	mkdir data
	cat >conf.lua <<-END
		modules_enabled = { "roster", "saslauth", "disco", "ping", "register", "version", "presence", "message" }
		modules_disabled = { "posix", "s2s" }
		allow_registration = true
		c2s_require_encryption = false
		allow_unencrypted_plain_auth = true
		c2s_ports = { $PORT }
		interfaces = { "*", "::" }
		data_path = "/tmp/data"
		authentication = "internal_plain"
		run_as_root = true
		VirtualHost "server.test"
	END
	prosodyctl --root --config conf.lua register anna server.test secret
	prosodyctl --root --config conf.lua register bert server.test secret
	exec prosody -F --root --config conf.lua
}

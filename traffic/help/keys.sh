# SPDX-License-Identifier: Apache-2.0
# keys: a key and a certificate for the server, key.pem and cert.pem, of one kind or the other.
keys() {
	local kind=$(pick rsa:2048 rsa:3072 ec)
	[ "$kind" = ec ] && kind='ec -pkeyopt ec_paramgen_curve:prime256v1'
	openssl req -x509 -nodes -newkey $kind -days "$(number 1 900)" -subj "/O=$(words 2)/CN=server.test" \
		-addext "subjectAltName=DNS:server.test,DNS:$(word).test" -keyout key.pem -out cert.pem 2>/dev/null
	chmod a+r key.pem
}

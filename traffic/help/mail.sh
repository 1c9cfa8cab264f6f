# SPDX-License-Identifier: Apache-2.0
# Mail: a box with letters in it, and clients that read it. The user is anna, the password is secret.
mailbox() {
	local i
	useradd -m -p "$(openssl passwd -6 secret)" anna
	for i in 1 2 3 4; do
		printf 'From %s@server.test Mon Jan  1 10:00:0%s 2024\nFrom: %s@server.test\nTo: anna@server.test\nSubject: %s\n\n%s\n%s\n\n' \
			"$(word)" $i "$(word)" "$(words 3)" "$(words 9)" "$(words "$(number 1 90)")"
	done >box
	chown anna box
}

# dovecot_conf PROTOCOL PORT
dovecot_conf() {
	useradd -r dovecot
	useradd -r dovenull
	mkdir -p mail
	cp box mail/INBOX
	chmod -R 777 mail
	chown anna mail mail/INBOX
	cat >/tmp/conf <<-END
		protocols = $1
		listen = *, ::
		base_dir = /tmp/run
		ssl = no
		disable_plaintext_auth = no
		auth_mechanisms = plain login cram-md5
		login_greeting = $(words 3)
		mail_location = mbox:/tmp/mail:INBOX=/tmp/mail/INBOX
		log_path = /dev/stderr
		first_valid_uid = 100
		passdb {
			driver = static
			args = password=secret
		}
		userdb {
			driver = static
			args = uid=anna gid=anna home=/tmp/mail
		}
		service $1-login {
			chroot =
			inet_listener $1 {
				port = $2
			}
			inet_listener $1s {
				port = 0
			}
		}
	END
}

read_imap() {
	local url=imap://$BRACKETED:$PORT i
	for i in 1 2; do
		curl -s -m 5 --user anna:secret "$url/"
		curl -s -m 5 --user anna:secret "$url/INBOX;MAILINDEX=$(number 1 5)"
		curl -s -m 5 --user anna:secret "$url/INBOX" -X "$(pick 'SEARCH ALL' 'FETCH 1:* (FLAGS)' 'STATUS INBOX (MESSAGES)' "$(word)")"
		curl -s -m 5 --user "$(word):$(word)" --login-options AUTH=PLAIN "$url/"
		printf 'a%s CAPABILITY\r\nb LOGIN anna %s\r\nc SELECT INBOX\r\nd FETCH 1 BODY[]\r\n%s\r\ne LOGOUT\r\n' $i "$(pick secret "$(word)")" "$(word)" |
			timeout 5 nc.openbsd -q 2 "$HOST" "$PORT"
	done
}

read_pop3() {
	local url=pop3://$BRACKETED:$PORT i
	for i in 1 2; do
		curl -s -m 5 --user anna:secret "$url/"
		curl -s -m 5 --user anna:secret "$url/$(number 1 5)"
		curl -s -m 5 --user "anna:$(word)" "$url/"
		printf 'poll server.test protocol POP3 service %s username anna password %s\n' "$PORT" "$(pick secret "$(word)")" >rc
		chmod 600 rc
		timeout 6 fetchmail -f rc --idfile ids -v --nosslcertck --sslproto '' -k -m cat
		printf 'USER anna\r\nPASS %s\r\nSTAT\r\nUIDL\r\n%s\r\nTOP 1 3\r\nQUIT\r\n' "$(pick secret "$(word)")" "$(word)" | timeout 5 nc.openbsd -q 2 "$HOST" "$PORT"
	done
}

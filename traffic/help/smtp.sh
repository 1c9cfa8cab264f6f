# SPDX-License-Identifier: Apache-2.0
# letters: sent with three clients; to nobody, from nobody, with words that are no commands.
letters() {
	local i to
	for i in 1 2 3; do
		to=$(pick anna bert nobody)@server.test
		printf 'Subject: %s\n\n%s\n' "$(words 3)" "$(words "$(number 2 200)")" >letter
		timeout 6 swaks --server "$BRACKETED" --port "$PORT" --to "$to" --from "$(word)@$(word).test" --ehlo "$(word).test" --body "$(words 20)" --suppress-data
		timeout 6 msmtp --host="$HOST" --port="$PORT" --from="$(word)@$(word).test" --domain="$(word)" "$to" <letter
		curl -s -m 6 "smtp://$BRACKETED:$PORT/$(word)" --mail-from "$(word)@$(word).test" --mail-rcpt "$to" -T letter
	done
	timeout 6 swaks --server "$BRACKETED" --port "$PORT" --quit-after "$(pick RCPT MAIL EHLO)" --to "$(word)" --from '<>' --helo "$(word)" --protocol SMTP
}

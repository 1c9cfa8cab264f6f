# SPDX-License-Identifier: Apache-2.0
# transfers: what people do with files, with three clients. The user is anna, the password is secret.
transfers() {
	local url=$BRACKETED:$PORT i
	for i in 1 2; do
		words "$(number 9 900)" >"up$i"
		timeout 8 lftp -e "set net:max-retries 1; set net:timeout 4; ls; cat text; put up$i; rm up$i; cd $(word); quit" -u anna,secret "ftp://$url"
		timeout 8 curl -s -m 7 --user anna:secret "ftp://$url/$(pick data text "$(word)")" -o got
		timeout 8 curl -s -m 7 $([ $i = 2 ] && echo --ftp-port -) --user anna:secret "ftp://$url/"
		printf 'user anna secret\nbinary\npwd\nls\nget data got2\n%s\nquit\n' "cd $(word)" | timeout 8 tnftp -n "$HOST" "$PORT"
	done
	timeout 8 curl -s -m 7 --user "anna:$(word)" "ftp://$url/"
	timeout 8 curl -s -m 7 "ftp://$url/$(word)"
}

# SPDX-License-Identifier: Apache-2.0
# pages: a small site in www/; surf SCHEME: fetches from it, finds nothing, sends forms and files, with several clients.
pages() {
	local i
	mkdir -p www/sub
	for i in 1 2 3; do
		printf '<html><title>%s</title><body>%s <a href=p%s.html>%s</a></body></html>\n' "$(words 2)" "$(words "$(number 5 900)")" $((i % 3 + 1)) "$(word)" >www/p$i.html
		bytes "$(number 1 90000)" >www/b$i.bin
	done
	cp www/p1.html www/index.html
	printf '{"%s": %s, "%s": "%s"}\n' "$(word)" "$RANDOM" "$(word)" "$(words 3)" >www/sub/data.json
	chmod -R a+rX www
}

surf() {
	local url=$1://$BRACKETED:$PORT i
	for i in 1 2; do
		curl -sk -m 5 "$url/p$i.html" "$url/b$i.bin" -o /dev/null -o /dev/null
		curl -sk -m 5 -A "$(word)/$i.$RANDOM" -H "X-$(word): $(words 2)" "$url/$(word).$(pick html jpg php)"
		curl -sk -m 5 -d "$(word)=$(word)&$(word)=$RANDOM" "$url/$(pick p1.html sub/ "$(word)")"
		wget -q -T 4 -t 1 --no-check-certificate -O /dev/null "$url/$(pick p3.html b3.bin sub/data.json)"
		timeout 5 w3m -dump -o ssl_verify_server=false "$url/p$i.html" >/dev/null </dev/null
	done
	curl -sk -m 5 -I "$url/"
	curl -sk -m 5 -T www/b1.bin "$url/$(word)"
	curl -sk -m 5 -r "$(number 1 50)-" -e "http://$(word).test/" -b "$(word)=$RANDOM" --compressed "$url/p2.html" -o /dev/null
	curl -sk -m 5 -X "$(pick OPTIONS DELETE PATCH "$(word)")" -u "$(word):$(word)" "$url/sub/"
}

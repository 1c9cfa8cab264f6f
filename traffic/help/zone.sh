# SPDX-License-Identifier: Apache-2.0
# zone: the file zone, of example.test; ask WORD...: which name and type somebody may ask for.
zone() {
	local i
	printf '$TTL %s\n@ SOA ns.example.test. %s.example.test. 1 3600 600 86400 %s\n@ NS ns\n@ MX 10 mail\nns A %s\nns AAAA %s\n' \
		"$(number 60 86400)" "$(word)" "$(number 60 3600)" 10.77.0.1 fd77::1
	for i in 1 2 3 4 5 6 7 8; do
		printf 'host%s A 10.%s.%s.%s\nhost%s AAAA fd77::%x\nalias%s CNAME host%s\n_%s%s._tcp SRV 0 5 %s host%s\ntext%s TXT "%s"\nptr%s PTR host%s\n' \
			$i $i "$(number 0 255)" "$(number 1 254)" $i "$RANDOM" $i $i "$(word)" $i "$(number 1 65000)" $i $i "$(words "$(number 1 30)")" $i $i
	done
	printf '* A 10.9.9.9\n'
}

question() {
	local n=$(number 1 8)
	pick "host$n.example.test A" "host$n.example.test AAAA" "alias$n.example.test A" "text$n.example.test TXT" "ptr$n.example.test PTR" \
		'example.test MX' 'example.test SOA' 'example.test NS' "$(word).example.test A" "$(word).$(word).test $(pick A AAAA ANY)"
}

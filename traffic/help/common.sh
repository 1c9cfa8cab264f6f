# SPDX-License-Identifier: Apache-2.0
# Words for the scripts of programs/: random contents, the same for the same seed.

# number LEAST MOST
number() { echo $(($1 + (RANDOM * 32768 + RANDOM) % ($2 - $1 + 1))); }

# word: a pronounceable one
word() {
	local w= n
	for ((n = 2 + RANDOM % 3; n; n--)); do
		w+=${WORD_A:RANDOM % ${#WORD_A}:1}${WORD_B:RANDOM % ${#WORD_B}:1}
	done
	echo "$w"
}
WORD_A=bcdfghklmnprstvwz WORD_B=aeiou

# words N: a line of them
words() {
	local n line=
	for ((n = $1; n; n--)); do line+="$(word) "; done
	echo "${line% }"
}

# bytes N: incompressible
bytes() { openssl enc -aes-128-ctr -K "$(printf %032x $RANDOM$RANDOM)" -iv 00000000000000000000000000000000 -in /dev/zero 2>/dev/null | head -c "$1"; }

# pick WORD...: one of them
pick() { shift $((RANDOM % $#)); echo "$1"; }

# pause: as long as a thought, at most half a second
pause() { sleep "0.$(number 10 50)"; }

# again N COMMAND...: runs it so often, whatever comes of it
again() {
	local n=$1 i
	shift
	for ((i = 0; i < n; i++)); do timeout 8 "$@" || true; done
}

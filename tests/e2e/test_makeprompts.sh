#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prompt files made of a tone of a second: how long they are, and that a decoder hears the tone.
set -u

cd "$(dirname "$0")/../.." || exit 1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
failed=0

check()
{
	local sentence=$1

	shift
	if "$@"; then
		echo "ok - $sentence"
	else
		echo "not ok - $sentence"
		failed=1
	fi
}

makes()
{
	tools/makeprompts.sh "$dir/tone.wav" "$dir/tone" "$1" >"$dir/out" 2>"$dir/err" &&
		[ "$(cat "$dir/out")" = "$dir/tone.$1" ] && [ "$(stat -c %s "$dir/tone.$1")" -eq "$2" ]
}

# Is the rough frequency of what stands on standard input (sox options: "$@") about 440 Hz?
is_tone()
{
	sox "$@" -n stat 2>&1 | awk '/^Rough +frequency/ { rough = $3 } END { exit !(rough > 420 && rough < 460) }'
}

decoded()
{
	ffmpeg -v error -f "$1" -i "$2" -f s16le -ar 8000 -ac 1 -y "$dir/decoded.raw" &&
		is_tone -t raw -r 8000 -c 1 -e signed-integer -b 16 "$dir/decoded.raw"
}

refuses()
{
	! tools/makeprompts.sh "${@:2}" >"$dir/out" 2>"$dir/err" && grep -q "$1" "$dir/err"
}

all_types()
{
	tools/makeprompts.sh "$dir/tone.wav" "$dir/all" >"$dir/out" 2>/dev/null &&
		cmp -s "$dir/all.0" "$dir/tone.0" && cmp -s "$dir/all.8" "$dir/tone.8"
}

if ! command -v sox >/dev/null; then
	echo "ok - prompts are made # skip sox is not installed"
	exit 0
fi
sox -n -r 44100 -c 2 -b 16 "$dir/tone.wav" synth 1 sine 440 vol 0.5
echo "no sound" >"$dir/text.wav"

check "PCMU is 8000 bytes a second" makes 0 8000
check "... and holds the tone" is_tone -t ul -r 8000 -c 1 "$dir/tone.0"
check "PCMA is 8000 bytes a second" makes 8 8000
check "... and holds the tone" is_tone -t al -r 8000 -c 1 "$dir/tone.8"
check "GSM is 33 bytes in 20 ms" makes 3 1650
check "... and holds the tone" is_tone -t gsm -r 8000 -c 1 "$dir/tone.3"
if command -v ffmpeg >/dev/null; then
	check "G.722 is 8000 bytes a second" makes 9 8000
	check "... and holds the tone" decoded g722 "$dir/tone.9"
else
	echo "ok - G.722 # skip ffmpeg is not installed"
	check "G.722 asks for ffmpeg" refuses "apt-get install ffmpeg" "$dir/tone.wav" "$dir/tone" 9
fi
if [ -e /usr/include/bcg729/encoder.h ]; then
	check "G.729 is 10 bytes in 10 ms" makes 18 1000
	! command -v ffmpeg >/dev/null || check "... and holds the tone" decoded g729 "$dir/tone.18"
else
	echo "ok - G.729 # skip libbcg729-dev is not installed"
	check "G.729 asks for its library" refuses libbcg729-dev "$dir/tone.wav" "$dir/tone" 18
fi
check "without types all that can be made are" all_types
check "an unknown type is refused" refuses "'97' is not known" "$dir/tone.wav" "$dir/tone" 97
check "a missing input is refused" refuses "cannot be read" "$dir/none.wav" "$dir/tone"
check "what is no sound is refused" refuses "does not know" "$dir/text.wav" "$dir/tone"
check "too few arguments are refused" refuses usage "$dir/tone.wav"
exit "$failed"

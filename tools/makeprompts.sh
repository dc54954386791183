#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes prompt files of a sound file (WAV or whatever sox reads), as the command P plays them: raw
# payload without a header, the payload type at the end of the name.
#
#   tools/makeprompts.sh INPUT PREFIX [TYPE...]
#
# writes PREFIX.0 (PCMU), PREFIX.3 (GSM), PREFIX.8 (PCMA), PREFIX.9 (G.722) and PREFIX.18 (G.729),
# or only the types named. Wanted: sox; for 9 also ffmpeg, for 18 a C compiler and libbcg729-dev
# (sox knows neither codec, and no program in Debian writes G.729, but that library does). Of all
# types those that cannot be made are said and left out; of types that were named that is an error.
set -u -o pipefail

here=$(dirname "$0")

say()
{
	printf 'tools/makeprompts.sh: %s\n' "$*" >&2
}

die()
{
	say "$*"
	exit 1
}

# The input at $1 Hz, 16 bits, mono, to standard output. Repeatable, and never clipped.
samples()
{
	sox -V1 -R -G -- "$input" -t raw -r "$1" -c 1 -e signed-integer -b 16 -L -
}

# Without dither: a prompt's silence is to be silence.
with_sox()
{
	sox -V1 -R -G -D -- "$input" -r 8000 -c 1 -t "$1" "$2"
}

with_ffmpeg()
{
	command -v ffmpeg >/dev/null || {
		say "no G.722: ffmpeg is missing (apt-get install ffmpeg)"
		return 1
	}
	samples 16000 | ffmpeg -v error -f s16le -ar 16000 -ac 1 -i - -f g722 -y "$1"
}

with_bcg729()
{
	local encoder=$scratch/g729enc

	if ! cc -O2 -o "$encoder" "$here/makeprompts/g729enc.c" -lbcg729 2>"$scratch/cc"; then
		say "no G.729: a C compiler or its library is missing (apt-get install gcc libc6-dev libbcg729-dev)"
		return 1
	fi
	samples 8000 | "$encoder" >"$1"
}

make_type()
{
	case $1 in
	0) with_sox ul "$2" ;;
	3) with_sox gsm "$2" ;;
	8) with_sox al "$2" ;;
	9) with_ffmpeg "$2" ;;
	18) with_bcg729 "$2" ;;
	*) die "payload type '$1' is not known; 0, 3, 8, 9 and 18 are" ;;
	esac
}

[ $# -ge 2 ] || die "usage: tools/makeprompts.sh INPUT PREFIX [TYPE...]"
input=$1
prefix=$2
shift 2
named=$#
[ "$named" -gt 0 ] || set -- 0 3 8 9 18
command -v sox >/dev/null || die "sox is missing (apt-get install sox)"
[ -r "$input" ] || die "$input cannot be read"
soxi -- "$input" >/dev/null 2>&1 || die "sox does not know what $input is"
scratch=$(mktemp -d) || die "no temporary directory can be made"
trap 'rm -rf "$scratch"' EXIT

failed=0
for type in "$@"; do
	if make_type "$type" "$scratch/prompt" && [ -s "$scratch/prompt" ]; then
		cp -- "$scratch/prompt" "$prefix.$type" || die "$prefix.$type cannot be written"
		echo "$prefix.$type"
	else
		say "$prefix.$type was not made"
		failed=1
	fi
	rm -f "$scratch/prompt"
done
[ "$failed" -eq 0 ] || [ "$named" -eq 0 ]

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw 8 kHz 16-bit mono on stdin becomes raw G.729 on stdout, 10 bytes per 10 ms, with no silence
 * suppression: a prompt file has frames of one length. A rest of less than 10 ms is filled up with
 * silence. tools/makeprompts.sh compiles it, where the library is installed.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <bcg729/encoder.h>

#define SAMPLES 80
#define BYTES	10

int main(void)
{
	bcg729EncoderChannelContextStruct *encoder = initBcg729EncoderChannel(0);
	int16_t samples[SAMPLES];
	uint8_t bytes[BYTES];
	uint8_t len = 0;
	size_t got;

	if (!encoder)
		return 1;
	for (;;) {
		memset(samples, 0, sizeof(samples));
		got = fread(samples, sizeof(samples[0]), SAMPLES, stdin);
		if (!got)
			break;
		bcg729Encoder(encoder, samples, bytes, &len);
		if (len != BYTES || fwrite(bytes, 1, len, stdout) != len)
			return 1;
	}
	closeBcg729EncoderChannel(encoder);
	return ferror(stdin) || fflush(stdout) ? 1 : 0;
}

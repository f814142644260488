package blob

import (
	"bytes"
	"encoding/binary"
)

// magic recognises the binary formats there are extensions for; "" if it is none of them.
func magic(c *spooled, head []byte) (string, error) {
	has := func(s string) bool { return bytes.HasPrefix(head, []byte(s)) }
	at := func(offset int, s string) bool {
		return len(head) >= offset+len(s) && string(head[offset:offset+len(s)]) == s
	}
	switch {
	case has("\x89PNG\r\n\x1a\n"):
		if !at(8, "\x00\x00\x00\x0dIHDR") {
			return "", refuse("it begins like a PNG but is none")
		}
		return "image/png", nil
	case has("\xff\xd8\xff"):
		if len(head) < 4 || head[3] < 0xc0 {
			return "", refuse("it begins like a JPEG but is none")
		}
		return "image/jpeg", nil
	case has("GIF87a") || has("GIF89a"):
		if len(head) < 14 {
			return "", refuse("it begins like a GIF but is none")
		}
		return "image/gif", nil
	case has("RIFF") && at(8, "WEBPVP8"):
		return "image/webp", nil
	case has("RIFF") && at(8, "WAVE"):
		return "audio/wav", nil
	case has("BM") && at(6, "\x00\x00\x00\x00") && len(head) > 26 && int64(binary.LittleEndian.Uint32(head[2:])) == c.size:
		return "image/bmp", nil
	case has("%PDF-"):
		return "application/pdf", nil
	case has("PK\x03\x04"):
		return archive(c)
	case has("OggS"):
		return ogg(head), nil
	case has("\x1a\x45\xdf\xa3"):
		return matroska(head), nil
	case at(4, "ftyp"):
		return mp4(head), nil
	case has("ID3") || mpegAudio(head):
		return "audio/mpeg", nil
	case has("fLaC\x00"):
		return "audio/flac", nil
	case has("#!AMR\n") || has("#!AMR-WB\n"):
		return "audio/amr", nil
	case len(head) > 7 && head[0] == 0xff && head[1]&0xf6 == 0xf0 && adtsRepeats(head):
		return "audio/aac", nil
	}
	return "", nil
}

func ogg(head []byte) string {
	switch first := head[:min(len(head), 256)]; {
	case bytes.Contains(first, []byte("OpusHead")), bytes.Contains(first, []byte("\x01vorbis")),
		bytes.Contains(first, []byte("Speex   ")), bytes.Contains(first, []byte("\x7fFLAC")):
		return "audio/ogg"
	case bytes.Contains(first, []byte("\x80theora")):
		return "video/ogg"
	}
	return "application/octet-stream"
}

// matroska tells WebM, and in it sound from moving pictures: the tracks are declared before the content.
func matroska(head []byte) string {
	if !bytes.Contains(head[:min(len(head), 256)], []byte("webm")) {
		return "video/x-matroska"
	}
	for _, codec := range []string{"V_VP8", "V_VP9", "V_AV1"} {
		if bytes.Contains(head, []byte(codec)) {
			return "video/webm"
		}
	}
	if bytes.Contains(head, []byte("A_OPUS")) || bytes.Contains(head, []byte("A_VORBIS")) {
		return "audio/webm"
	}
	return "video/webm"
}

func mp4(head []byte) string {
	if len(head) < 12 {
		return "application/octet-stream"
	}
	switch brand := string(head[8:12]); brand {
	case "M4A ", "M4B ", "F4A ":
		return "audio/mp4"
	case "qt  ":
		return "video/quicktime"
	case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
		return "image/heic"
	case "avif", "avis":
		return "image/avif"
	case "isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso7", "iso8", "iso9", "mp41", "mp42", "mp71", "avc1", "dash", "M4V ", "MSNV", "f4v ", "mmp4", "XAVC":
		return "video/mp4"
	default:
		if brand[:2] == "3g" {
			return "video/3gpp"
		}
		return "application/octet-stream"
	}
}

var (
	bitrates1   = [16]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0}
	bitrates2   = [16]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}
	sampleRates = [4]int{44100, 48000, 32000, 0}
)

// mpegFrame returns the length of the layer III frame a header announces; 0 if it is no header.
func mpegFrame(h []byte) int {
	if len(h) < 4 || h[0] != 0xff || h[1]&0xe6 != 0xe2 || h[1]&0x18 == 0x08 {
		return 0
	}
	rate := sampleRates[h[2]>>2&3]
	padding := int(h[2] >> 1 & 1)
	bitrate, samples := bitrates1[h[2]>>4]*1000, 144
	switch h[1] & 0x18 {
	case 0x10: // MPEG 2
		bitrate, samples, rate = bitrates2[h[2]>>4]*1000, 72, rate/2
	case 0x00: // MPEG 2.5
		bitrate, samples, rate = bitrates2[h[2]>>4]*1000, 72, rate/4
	}
	if rate == 0 || bitrate == 0 {
		return 0
	}
	return samples*bitrate/rate + padding
}

// mpegAudio: two bytes are too few to tell MP3 by; there must be a second frame where the first one ends.
func mpegAudio(head []byte) bool {
	n := mpegFrame(head)
	return n > 4 && len(head) > n+4 && mpegFrame(head[n:]) > 0
}

func adtsRepeats(head []byte) bool {
	n := int(head[3]&3)<<11 | int(head[4])<<3 | int(head[5])>>5
	return n > 7 && len(head) > n+2 && head[n] == 0xff && head[n+1]&0xf6 == 0xf0
}

package encoding

import (
	"strings"

	"golang.org/x/text/encoding/htmlindex"
)

// decoder decodes the chunks of one stream.
type decoder interface {
	// decode appends to dst, as UTF-8, what src stands for, and keeps what is incomplete
	// unless flush says that nothing follows. With fatal it stops at malformed input and
	// reports false, otherwise that becomes U+FFFD.
	decode(dst, src []byte, flush, fatal bool) (out []byte, ok bool)
}

// recentLabels are labels of the standard that htmlindex does not know.
var recentLabels = map[string]string{
	"unicode11utf8": "utf-8", "unicode20utf8": "utf-8", "x-unicode20utf8": "utf-8",
	"csunicode": "utf-16le", "iso-10646-ucs-2": "utf-16le", "ucs-2": "utf-16le",
	"unicode": "utf-16le", "unicodefeff": "utf-16le", "unicodefffe": "utf-16be",
}

// named is an encoding: its name in lower case, and its index if it is a single-byte one.
type named struct {
	name   string
	single *singleByte
}

// unicode reports whether a byte order mark at the start of a stream is dropped.
func (n named) unicode() bool { return strings.HasPrefix(n.name, "utf-") }

// lookup is "get an encoding" (Encoding, section 4.2). The encoding "replacement" counts as
// none, as for TextDecoder.
func lookup(label string) (named, bool) {
	label = strings.Trim(label, "\t\n\f\r ")
	for i := 0; i < len(label); i++ {
		if label[i] <= ' ' || label[i] >= 0x7F {
			return named{}, false // htmlindex trims and folds more than ASCII
		}
	}
	label = strings.ToLower(label)
	if name, ok := recentLabels[label]; ok {
		return named{name: name}, true
	}
	enc, err := htmlindex.Get(label)
	if err != nil || enc == nil {
		return named{}, false
	}
	name, err := htmlindex.Name(enc)
	if err != nil || name == "replacement" {
		return named{}, false
	}
	switch name {
	case "utf-8", "utf-16le", "utf-16be", "shift_jis", "euc-jp", "iso-2022-jp", "euc-kr", "big5", "gbk", "gb18030":
		return named{name: name}, true
	}
	return named{name, singleByteOf(name, enc)}, true
}

// newDecoder returns a decoder for a new stream.
func (n named) newDecoder() decoder {
	switch n.name {
	case "utf-8":
		return &utf8Decoder{}
	case "utf-16le":
		return &utf16Decoder{}
	case "utf-16be":
		return &utf16Decoder{bigEndian: true}
	case "shift_jis":
		return &multiByte{&shiftJISDecoder{}}
	case "euc-jp":
		return &multiByte{&eucJPDecoder{}}
	case "iso-2022-jp":
		return &multiByte{&iso2022JPDecoder{}}
	case "euc-kr":
		return &multiByte{&eucKRDecoder{}}
	case "big5":
		return &multiByte{&big5Decoder{}}
	case "gbk", "gb18030":
		return &multiByte{&gb18030Decoder{}}
	}
	return n.single
}

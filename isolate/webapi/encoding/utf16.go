package encoding

import (
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Decoder is the shared UTF-16 decoder (Encoding, section 14.2).
type utf16Decoder struct {
	bigEndian bool
	odd       bool // a byte waits for its other half
	first     byte
	lead      rune // a lead surrogate waits for its trail; 0 for none
}

// decode implements decoder.
func (d *utf16Decoder) decode(dst, src []byte, flush, fatal bool) ([]byte, bool) {
	for _, b := range src {
		if !d.odd {
			d.odd, d.first = true, b
			continue
		}
		d.odd = false
		unit := rune(d.first) | rune(b)<<8
		if d.bigEndian {
			unit = rune(d.first)<<8 | rune(b)
		}
		if d.lead != 0 {
			r := utf16.DecodeRune(d.lead, unit)
			d.lead = 0
			if r != utf8.RuneError {
				dst = utf8.AppendRune(dst, r)
				continue
			}
			if fatal {
				return dst, false
			}
			dst = append(dst, replacement...) // for the lead; unit stands for itself
		}
		switch {
		case isLead(unit):
			d.lead = unit
		case isTrail(unit):
			if fatal {
				return dst, false
			}
			dst = append(dst, replacement...)
		default:
			dst = utf8.AppendRune(dst, unit)
		}
	}
	if flush && (d.odd || d.lead != 0) {
		d.odd, d.lead = false, 0
		if fatal {
			return dst, false
		}
		dst = append(dst, replacement...)
	}
	return dst, true
}

func isLead(u rune) bool  { return u >= 0xD800 && u < 0xDC00 }
func isTrail(u rune) bool { return u >= 0xDC00 && u < 0xE000 }

package encoding

import (
	"unicode/utf8"
)

// What a step of a multi-byte decoder gives beside a code point.
const (
	more      rune = -1 - iota // nothing yet
	malformed                  // an error
)

// stepper is a decoder of the standard, one byte at a time (Encoding, section 4.1).
type stepper interface {
	// step handles one byte. extra is a second code point, 0 for none.
	step(b byte, q *pushback) (r, extra rune)
	// end handles the end of the input: malformed if something was begun.
	end(q *pushback) rune
	// idle reports whether the next ASCII byte stands for itself.
	idle() bool
}

// pushback holds bytes that a step has "prepended" to the input, in order.
type pushback struct {
	b [3]byte
	n int
}

func (q *pushback) prepend(bytes ...byte) {
	rest := q.b
	n := copy(q.b[:], bytes)
	q.n = n + copy(q.b[n:], rest[:q.n])
}

func (q *pushback) pop() byte {
	b := q.b[0]
	copy(q.b[:], q.b[1:])
	q.n--
	return b
}

// multiByte decodes with a stepper.
type multiByte struct{ stepper }

// decode implements decoder.
func (d *multiByte) decode(dst, src []byte, flush, fatal bool) ([]byte, bool) {
	var q pushback
	for {
		var r, extra rune
		switch {
		case q.n > 0:
			r, extra = d.step(q.pop(), &q)
		case len(src) > 0:
			b := src[0]
			src = src[1:]
			if b < 0x80 && d.idle() {
				dst = append(dst, b)
				continue
			}
			r, extra = d.step(b, &q)
		case flush:
			if r = d.end(&q); r == more && q.n == 0 {
				return dst, true
			}
		default:
			return dst, true
		}
		switch {
		case r == more:
		case r == malformed && fatal:
			return dst, false
		case r == malformed:
			dst = append(dst, replacement...)
		default:
			dst = utf8.AppendRune(dst, r)
			if extra != 0 {
				dst = utf8.AppendRune(dst, extra)
			}
		}
	}
}

// twoByte has what the encodings of one lead and one trail byte share.
type twoByte struct{ lead byte }

func (d *twoByte) idle() bool { return d.lead == 0 }

func (d *twoByte) end(*pushback) rune {
	if d.lead == 0 {
		return more
	}
	d.lead = 0
	return malformed
}

// found is the end of a pair: r, or, if that is 0, an error after which an ASCII trail byte
// stands for itself.
func found(r rune, trail byte, q *pushback) rune {
	if r != 0 {
		return r
	}
	if trail < 0x80 {
		q.prepend(trail)
	}
	return malformed
}

func (d *twoByte) take() byte {
	lead := d.lead
	d.lead = 0
	return lead
}

// eucKRDecoder is section 13.1.1.
type eucKRDecoder struct{ twoByte }

func (d *eucKRDecoder) step(b byte, q *pushback) (r, extra rune) {
	switch {
	case d.lead != 0:
		return found(eucKR().at(d.take(), b), b, q), 0
	case b < 0x80:
		return rune(b), 0
	case b >= 0x81 && b <= 0xFE:
		d.lead = b
		return more, 0
	}
	return malformed, 0
}

// big5Decoder is section 11.1.1.
type big5Decoder struct{ twoByte }

func (d *big5Decoder) step(b byte, q *pushback) (r, extra rune) {
	switch {
	case d.lead != 0:
		lead := d.take()
		switch uint16(lead)<<8 | uint16(b) { // pointers 1133, 1135, 1164 and 1166
		case 0x8862:
			return 0xCA, 0x304
		case 0x8864:
			return 0xCA, 0x30C
		case 0x88A3:
			return 0xEA, 0x304
		case 0x88A5:
			return 0xEA, 0x30C
		}
		return found(big5().at(lead, b), b, q), 0
	case b < 0x80:
		return rune(b), 0
	case b >= 0x81 && b <= 0xFE:
		d.lead = b
		return more, 0
	}
	return malformed, 0
}

// shiftJISDecoder is section 12.3.1.
type shiftJISDecoder struct{ twoByte }

func (d *shiftJISDecoder) step(b byte, q *pushback) (r, extra rune) {
	switch {
	case d.lead != 0:
		lead := d.take()
		if lead >= 0xF0 && lead <= 0xF9 && (b >= 0x40 && b <= 0x7E || b >= 0x80 && b <= 0xFC) {
			off := rune(0x40)
			if b >= 0x7F {
				off = 0x41
			}
			return 0xE000 + (rune(lead)-0xF0)*188 + rune(b) - off, 0 // end-user defined
		}
		return found(sjis().at(lead, b), b, q), 0
	case b <= 0x80:
		return rune(b), 0
	case b >= 0xA1 && b <= 0xDF:
		return 0xFF61 - 0xA1 + rune(b), 0
	case b >= 0x81 && b <= 0x9F || b >= 0xE0 && b <= 0xFC:
		d.lead = b
		return more, 0
	}
	return malformed, 0
}

// eucJPDecoder is section 12.1.1.
type eucJPDecoder struct {
	twoByte
	three bool // the pair is of JIS X 0212
}

func (d *eucJPDecoder) end(q *pushback) rune {
	d.three = false
	return d.twoByte.end(q)
}

func (d *eucJPDecoder) step(b byte, q *pushback) (r, extra rune) {
	switch {
	case d.lead == 0x8E && b >= 0xA1 && b <= 0xDF:
		d.lead = 0
		return 0xFF61 - 0xA1 + rune(b), 0
	case d.lead == 0x8F && b >= 0xA1 && b <= 0xFE:
		d.three, d.lead = true, b
		return more, 0
	case d.lead != 0:
		lead, index := d.take(), jis0208
		if d.three {
			index = jis0212
		}
		d.three = false
		if lead < 0xA1 || b < 0xA1 || b > 0xFE {
			return found(0, b, q), 0
		}
		return found(index().at(lead, b), b, q), 0
	case b < 0x80:
		return rune(b), 0
	case b == 0x8E || b == 0x8F || b >= 0xA1 && b <= 0xFE:
		d.lead = b
		return more, 0
	}
	return malformed, 0
}

// gb18030Decoder is section 10.2.1, and GBK's too.
type gb18030Decoder struct{ first, second, third byte }

func (d *gb18030Decoder) idle() bool { return d.first == 0 }

func (d *gb18030Decoder) end(*pushback) rune {
	if d.first == 0 {
		return more
	}
	*d = gb18030Decoder{}
	return malformed
}

func (d *gb18030Decoder) step(b byte, q *pushback) (r, extra rune) {
	was := *d
	switch {
	case d.third != 0:
		*d = gb18030Decoder{}
		if b < 0x30 || b > 0x39 {
			q.prepend(was.second, was.third, b)
			return malformed, 0
		}
		if r := gbFour(was.first, was.second, was.third, b); r != 0 {
			return r, 0
		}
		return malformed, 0
	case d.second != 0:
		if b >= 0x81 && b <= 0xFE {
			d.third = b
			return more, 0
		}
		*d = gb18030Decoder{}
		q.prepend(was.second, b)
		return malformed, 0
	case d.first != 0:
		if b >= 0x30 && b <= 0x39 {
			d.second = b
			return more, 0
		}
		*d = gb18030Decoder{}
		return found(gbTwo(was.first, b), b, q), 0
	case b < 0x80:
		return rune(b), 0
	case b == 0x80:
		return '€', 0
	case b <= 0xFE:
		d.first = b
		return more, 0
	}
	return malformed, 0
}

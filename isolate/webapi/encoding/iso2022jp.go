package encoding

// The states of the ISO-2022-JP decoder (Encoding, section 12.2.1).
const (
	jpASCII uint8 = iota
	jpRoman
	jpKatakana
	jpLead
	jpTrail
	jpEscapeStart
	jpEscape
)

type iso2022JPDecoder struct {
	state, output uint8
	lead          byte
	switched      bool // the last thing seen was an escape sequence: another is an error
}

// idle implements stepper. ESC, SO and SI go through step in every state.
func (d *iso2022JPDecoder) idle() bool { return false }

func (d *iso2022JPDecoder) end(q *pushback) rune {
	switch d.state {
	case jpTrail:
		d.state = jpLead
	case jpEscapeStart:
		d.switched, d.state = false, d.output
	case jpEscape:
		q.prepend(d.lead)
		d.lead, d.switched, d.state = 0, false, d.output
	default:
		*d = iso2022JPDecoder{}
		return more
	}
	return malformed
}

func (d *iso2022JPDecoder) step(b byte, q *pushback) (r, extra rune) {
	switch d.state {
	case jpEscapeStart:
		if b == '$' || b == '(' {
			d.lead, d.state = b, jpEscape
			return more, 0
		}
		q.prepend(b)
		d.switched, d.state = false, d.output
		return malformed, 0
	case jpEscape:
		return d.escape(b, q), 0
	case jpTrail:
		if b == 0x1B {
			d.state = jpEscapeStart
			return malformed, 0
		}
		d.state = jpLead
		if b >= 0x21 && b <= 0x7E {
			if r := jis0208().at(d.lead|0x80, b|0x80); r != 0 {
				return r, 0
			}
		}
		return malformed, 0
	}
	if b == 0x1B {
		d.state = jpEscapeStart
		return more, 0
	}
	d.switched = false
	switch {
	case d.state == jpLead:
		if b >= 0x21 && b <= 0x7E {
			d.lead, d.state = b, jpTrail
			return more, 0
		}
	case d.state == jpKatakana:
		if b >= 0x21 && b <= 0x5F {
			return 0xFF61 - 0x21 + rune(b), 0
		}
	case b >= 0x80 || b == 0x0E || b == 0x0F:
	case d.state == jpRoman && b == 0x5C:
		return '¥', 0
	case d.state == jpRoman && b == 0x7E:
		return '‾', 0
	default:
		return rune(b), 0
	}
	return malformed, 0
}

// escape handles the last byte of an escape sequence.
func (d *iso2022JPDecoder) escape(b byte, q *pushback) rune {
	lead := d.lead
	d.lead = 0
	next := jpEscape // none
	switch {
	case lead == '(' && b == 'B':
		next = jpASCII
	case lead == '(' && b == 'J':
		next = jpRoman
	case lead == '(' && b == 'I':
		next = jpKatakana
	case lead == '$' && (b == '@' || b == 'B'):
		next = jpLead
	}
	if next == jpEscape {
		q.prepend(lead, b)
		d.switched, d.state = false, d.output
		return malformed
	}
	d.state, d.output = next, next
	if d.switched {
		return malformed
	}
	d.switched = true
	return more
}

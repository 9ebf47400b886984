package wire

import (
	"gannet/core"
)

// Bounds of chunked content.
const (
	// maxChunkExt bounds the extensions of one chunk, and maxChunkExtTotal those of a whole
	// message, in octets: nobody uses them, and unbounded they let a sender have much work
	// done for little content (RFC 9112, section 7.1.1). Beyond: 400.
	maxChunkExt      = 1 << 10
	maxChunkExtTotal = 16 << 10
	// maxTrailer bounds the trailer section, in octets. Beyond: 431.
	maxTrailer = 16 << 10
	// maxChunkDigits bounds chunk-size: 15 hexadecimal digits cannot overflow an int64,
	// and leading zeros are not for ever. Beyond: 413.
	maxChunkDigits = 15
)

// ChunkedDecoder decodes the chunked transfer coding (RFC 9112, section 7.1),
// incrementally and without copying. The zero value is at the start of a message.
//
// It is strict in both directions: every line ends in CRLF, nothing but an extension may
// follow a chunk-size, and no octet of an extension is passed on.
type ChunkedDecoder struct {
	state    chunkState
	digits   uint8
	size     int64 // what remains of the chunk
	ext      int   // octets of extension in this chunk
	extTotal int
	trailer  []byte // the trailer section as received; nil if empty
	lineFrom int    // where in trailer the current line starts
	lines    int
	err      error // the fault that was found; it stays
}

type chunkState uint8

const (
	chunkSize chunkState = iota
	chunkExt
	chunkSizeLF
	chunkData
	chunkDataCR
	chunkDataLF
	chunkTrailer
	chunkTrailerLF
	chunkDone
)

// Done reports whether the message has ended.
func (d *ChunkedDecoder) Done() bool { return d.state == chunkDone }

// Reset makes d ready for the next message.
func (d *ChunkedDecoder) Reset() { *d = ChunkedDecoder{} }

// Next decodes from b: it returns the next piece of content, a slice of b, and how many
// octets of b it consumed. An empty piece means that b is used up, or, if Done then
// reports true, that the message has ended; octets behind its end are not consumed. After an
// error every call gives the same one.
func (d *ChunkedDecoder) Next(b []byte) (content []byte, n int, err error) {
	if d.err == nil {
		content, n, d.err = d.next(b)
	}
	return content, n, d.err
}

func (d *ChunkedDecoder) next(b []byte) (content []byte, n int, err error) {
	for n < len(b) {
		c := b[n]
		switch d.state {
		case chunkSize:
			if class[c]&isHex != 0 {
				if d.digits == maxChunkDigits {
					return nil, n, ErrChunkTooLarge
				}
				d.digits++
				d.size = d.size<<4 | int64(unhex(c))
				break
			}
			if d.digits == 0 {
				return nil, n, ErrChunkSize
			}
			switch c {
			case '\r':
				d.state = chunkSizeLF
			case ';', ' ', '\t': // BWS before ";" is to be expected from bad senders
				d.state = chunkExt
				d.ext = 0
				if c != ';' {
					d.ext = -1 // the ";" must still come
				}
			default:
				return nil, n, ErrChunkSize
			}
		case chunkExt:
			if err := d.extension(c); err != nil {
				return nil, n, err
			}
		case chunkSizeLF:
			if c != '\n' {
				return nil, n, ErrLineEnd
			}
			d.digits = 0
			d.state = chunkData
			if d.size == 0 {
				d.state = chunkTrailer
			}
		case chunkData:
			piece := b[n:]
			if int64(len(piece)) > d.size {
				piece = piece[:d.size]
			}
			n += len(piece)
			if d.size -= int64(len(piece)); d.size == 0 {
				d.state = chunkDataCR
			}
			return piece, n, nil
		case chunkDataCR:
			if c != '\r' {
				return nil, n, ErrChunkEnd
			}
			d.state = chunkDataLF
		case chunkDataLF:
			if c != '\n' {
				return nil, n, ErrChunkEnd
			}
			d.state = chunkSize
		case chunkTrailer:
			if err := d.trailerByte(c); err != nil {
				return nil, n, err
			}
		case chunkTrailerLF:
			if c != '\n' {
				return nil, n, ErrLineEnd
			}
			if err := d.trailerLine(); err != nil {
				return nil, n, err
			}
			if d.state == chunkDone {
				return nil, n + 1, nil
			}
		case chunkDone:
			return nil, n, nil
		}
		n++
	}
	return nil, n, nil
}

// extension takes an octet behind chunk-size. Extensions are ignored, but for octets that
// could make another recipient see a line end where there is none.
func (d *ChunkedDecoder) extension(c byte) error {
	if d.ext < 0 { // whitespace, waiting for ";"
		switch c {
		case ' ', '\t':
			d.ext--
			d.extTotal++
			if d.ext < -maxChunkExt || d.extTotal > maxChunkExtTotal {
				return ErrChunkExtLong
			}
			return nil
		case ';':
			d.ext = -d.ext
			return nil
		}
		return ErrChunkSize
	}
	if c == '\r' {
		d.state = chunkSizeLF
		return nil
	}
	if class[c]&isFieldByte == 0 {
		return ErrChunkExt
	}
	d.ext++
	d.extTotal++
	if d.ext > maxChunkExt || d.extTotal > maxChunkExtTotal {
		return ErrChunkExtLong
	}
	return nil
}

func (d *ChunkedDecoder) trailerByte(c byte) error {
	if c == '\r' {
		d.state = chunkTrailerLF
		return nil
	}
	if class[c]&isFieldByte == 0 {
		if c == '\n' {
			return ErrLineEnd
		}
		return ErrFieldValue
	}
	if len(d.trailer) >= maxTrailer {
		return ErrTrailersLarge
	}
	d.trailer = append(d.trailer, c)
	return nil
}

// trailerLine checks a whole line of the trailer section. The empty one ends the message.
func (d *ChunkedDecoder) trailerLine() error {
	line := d.trailer[d.lineFrom:]
	if len(line) == 0 {
		d.state = chunkDone
		return nil
	}
	d.state = chunkTrailer
	if d.lines++; d.lines > DefaultFieldLines {
		return ErrTooManyFields
	}
	if _, _, err := cutField(line); err != nil {
		return err
	}
	d.trailer = append(d.trailer, '\n')
	d.lineFrom = len(d.trailer)
	return nil
}

// cutField takes a strict field line apart.
func cutField(line []byte) (name, value []byte, err error) {
	if line[0] == ' ' || line[0] == '\t' {
		return nil, nil, ErrObsFold
	}
	colon := 0
	for ; colon < len(line) && class[line[colon]]&isToken != 0; colon++ {
	}
	switch {
	case colon == len(line):
		return nil, nil, ErrNoColon
	case line[colon] == ' ' || line[colon] == '\t':
		return nil, nil, ErrSpaceColon
	case line[colon] != ':' || colon == 0:
		return nil, nil, ErrFieldName
	}
	return line[:colon], trimOWS(line[colon+1:]), nil
}

// Trailer returns the trailer section, once Done, without the fields that must not stand
// in one: those for framing, routing and the connection (RFC 9110, section 6.5.1).
func (d *ChunkedDecoder) Trailer() core.Fields {
	if len(d.trailer) == 0 || d.state != chunkDone {
		return nil
	}
	var fields core.Fields
	text := d.trailer
	for len(text) > 0 {
		end := 0
		for text[end] != '\n' {
			end++
		}
		name, value, err := cutField(text[:end])
		if err == nil && kindOf(name) == endToEnd {
			fields = append(fields, core.Field{Name: string(name), Value: string(value)})
		}
		text = text[end+1:]
	}
	return fields
}

func unhex(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	}
	return c - 'a' + 10
}

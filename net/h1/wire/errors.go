package wire

import "fmt"

// Error is a message that cannot be accepted: the sender's fault. The errors of this
// package are of this type, preallocated, and compare by identity.
type Error struct {
	// Status is the status code to answer a request with. It means nothing in errors of
	// a response.
	Status int
	// Clause is the clause that was broken, such as "RFC 9112, section 5.1".
	Clause string
	// Reason is what is wrong, in a few words; it holds no byte of the input.
	Reason string
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("h1: %s (%s)", e.Reason, e.Clause)
}

func bad(clause, reason string) *Error { return &Error{400, "RFC " + clause, reason} }

// Errors of the start-line.
var (
	ErrRequestLine   = bad("9112, section 3", "malformed request-line")
	ErrStatusLine    = bad("9112, section 4", "malformed status-line")
	ErrMethod        = bad("9110, section 9.1", "method is not a token")
	ErrMethodTooLong = &Error{501, "RFC 9112, section 3", "method longer than any known"}
	ErrTarget        = bad("9112, section 3.2", "malformed request-target")
	ErrTargetForm    = bad("9112, section 3.2", "request-target form does not fit the method")
	ErrTargetTooLong = &Error{414, "RFC 9112, section 3", "request-target too long"}
	ErrUserinfo      = bad("9110, section 4.2.4", "userinfo in the target URI")
	ErrVersionSyntax = bad("9112, section 2.3", "malformed HTTP-version")
	ErrVersion       = &Error{505, "RFC 9110, section 15.6.6", "HTTP version not supported"}
)

// Errors of the field section.
var (
	ErrLineEnd        = bad("9112, section 2.2", "line does not end in CRLF")
	ErrObsFold        = bad("9112, section 5.2", "line folding")
	ErrLeadingSpace   = bad("9112, section 2.2", "whitespace between start-line and first field")
	ErrFieldName      = bad("9112, section 5", "field name is not a token")
	ErrSpaceColon     = bad("9112, section 5.1", "whitespace between field name and colon")
	ErrNoColon        = bad("9112, section 5", "field line without a colon")
	ErrFieldValue     = bad("9110, section 5.5", "control character in a field value")
	ErrFieldsTooLarge = &Error{431, "RFC 6585, section 5", "field section too large"}
	ErrTooManyFields  = &Error{431, "RFC 6585, section 5", "too many field lines"}
	ErrHostMissing    = bad("9112, section 3.2", "no Host field")
	ErrHostRepeated   = bad("9112, section 3.2", "more than one Host field line")
	ErrHost           = bad("9112, section 3.2", "malformed Host field")
	ErrTooManyOptions = bad("9110, section 7.6.1", "too many connection options")
	ErrExpectation    = &Error{417, "RFC 9110, section 10.1.1", "unknown expectation"}
)

// Errors of the framing.
var (
	ErrLength         = bad("9112, section 6.3", "malformed Content-Length")
	ErrLengthRepeated = bad("9112, section 6.3", "more than one Content-Length")
	ErrLengthTooLarge = &Error{413, "RFC 9110, section 8.6", "Content-Length too large"}
	ErrLengthAndTE    = bad("9112, section 6.3", "both Content-Length and Transfer-Encoding")
	ErrTE             = bad("9112, section 6.3", "Transfer-Encoding does not end in chunked")
	ErrTERepeated     = bad("9112, section 6.1", "chunked applied more than once")
	ErrTEUnknown      = &Error{501, "RFC 9112, section 6.1", "unknown transfer coding"}
	ErrTEVersion      = bad("9112, section 6.1", "Transfer-Encoding in an HTTP/1.0 message")
	ErrChunkSize      = bad("9112, section 7.1", "malformed chunk-size")
	ErrChunkTooLarge  = &Error{413, "RFC 9112, section 7.1", "chunk-size too large"}
	ErrChunkExt       = bad("9112, section 7.1.1", "malformed chunk-ext")
	ErrChunkExtLong   = bad("9112, section 7.1.1", "chunk extensions too long")
	ErrChunkEnd       = bad("9112, section 7.1", "chunk-data does not end in CRLF")
	ErrTrailersLarge  = &Error{431, "RFC 9112, section 7.1.2", "trailer section too large"}
)

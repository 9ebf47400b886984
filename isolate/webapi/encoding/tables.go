package encoding

import (
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// pairs is an index by lead byte, from 0x81 on, and trail byte; 0 for what is not in it. It
// is 126 KiB, made once per process at the first use of its encoding.
type pairs [0xFF - 0x81][256]rune

func (p *pairs) at(lead, trail byte) rune {
	if lead < 0x81 || lead > 0xFE {
		return 0
	}
	return p[lead-0x81][trail]
}

// newPairs asks x/text's decoder for every pair after the given first bytes.
func newPairs(enc encoding.Encoding, before ...byte) *pairs {
	p := new(pairs)
	t := enc.NewDecoder().Transformer
	src := append(before, 0, 0)
	var dst [16]byte
	for lead := range p {
		for trail := 0x40; trail < 0x100; trail++ {
			src[len(before)], src[len(before)+1] = byte(0x81+lead), byte(trail)
			t.Reset()
			nDst, nSrc, err := t.Transform(dst[:], src, true)
			r, size := utf8.DecodeRune(dst[:nDst])
			if err == nil && nSrc == len(src) && size == nDst && r != utf8.RuneError {
				p[lead][trail] = r
			}
		}
	}
	return p
}

var (
	jis0208  = sync.OnceValue(func() *pairs { return newPairs(japanese.EUCJP) }) // as in EUC-JP
	jis0212  = sync.OnceValue(func() *pairs { return newPairs(japanese.EUCJP, 0x8F) })
	sjis     = sync.OnceValue(func() *pairs { return newPairs(japanese.ShiftJIS) })
	eucKR    = sync.OnceValue(func() *pairs { return newPairs(korean.EUCKR) })
	big5     = sync.OnceValue(func() *pairs { return newPairs(traditionalchinese.Big5) })
	gb18030  = sync.OnceValue(func() *pairs { return newPairs(simplifiedchinese.GB18030) })
	gbRanges = sync.OnceValue(func() encoding.Encoding { return simplifiedchinese.GB18030 })
)

// gbTwo is "index code point" of two bytes in index gb18030, with the three areas of
// private use that x/text leaves out; 0 for none.
func gbTwo(lead, trail byte) rune {
	row, cell := rune(lead), rune(trail)
	switch {
	case lead == 0xA3 && trail == 0xA0:
		return 0x3000
	case trail >= 0xA1 && trail <= 0xFE && lead >= 0xAA && lead <= 0xAF:
		return 0xE000 + (row-0xAA)*94 + cell - 0xA1
	case trail >= 0xA1 && trail <= 0xFE && lead >= 0xF8 && lead <= 0xFE:
		return 0xE234 + (row-0xF8)*94 + cell - 0xA1
	case trail >= 0x40 && trail <= 0xA0 && trail != 0x7F && lead >= 0xA1 && lead <= 0xA7:
		if trail > 0x7F {
			cell--
		}
		return 0xE4C6 + (row-0xA1)*96 + cell - 0x40
	}
	if r := gb18030().at(lead, trail); r != 0 {
		return r
	}
	for _, run := range gbMissing {
		if lead == run.lead && trail >= run.trail && trail < run.trail+run.n {
			return run.r + rune(trail-run.trail)
		}
	}
	return 0
}

// gbMissing are runs of index gb18030 that x/text lacks: private use, what GB 18030-2005 and
// -2022 moved out of it, and the second ideographic space.
var gbMissing = []struct {
	lead, trail, n byte
	r              rune
}{
	{0xA2, 0xAB, 6, 0xE766}, {0xA2, 0xE4, 1, 0xE76D}, {0xA2, 0xEF, 2, 0xE76E}, {0xA2, 0xFD, 2, 0xE770},
	{0xA4, 0xF4, 11, 0xE772}, {0xA5, 0xF7, 8, 0xE77D}, {0xA6, 0xB9, 8, 0xE785},
	{0xA6, 0xD9, 1, 0xFE10}, {0xA6, 0xDA, 1, 0xFE12}, {0xA6, 0xDB, 1, 0xFE11}, {0xA6, 0xDC, 4, 0xFE13},
	{0xA6, 0xEC, 2, 0xFE17}, {0xA6, 0xF3, 1, 0xFE19}, {0xA6, 0xF6, 9, 0xE797},
	{0xA7, 0xC2, 15, 0xE7A0}, {0xA7, 0xF2, 13, 0xE7AF},
	{0xA8, 0x96, 11, 0xE7BC}, {0xA8, 0xBC, 1, 0x1E3F}, {0xA8, 0xC1, 4, 0xE7C9}, {0xA8, 0xEA, 21, 0xE7CD},
	{0xA9, 0x58, 1, 0xE7E2}, {0xA9, 0x5B, 1, 0xE7E3}, {0xA9, 0x5D, 3, 0xE7E4}, {0xA9, 0x97, 13, 0xE7F4}, {0xA9, 0xF0, 15, 0xE801},
	{0xD7, 0xFA, 5, 0xE810},
	{0xFE, 0x51, 3, 0xE816}, {0xFE, 0x59, 1, 0x9FB4}, {0xFE, 0x61, 1, 0x9FB5}, {0xFE, 0x66, 2, 0x9FB6},
	{0xFE, 0x6C, 1, 0xE831}, {0xFE, 0x6D, 1, 0x9FB8}, {0xFE, 0x76, 1, 0xE83B}, {0xFE, 0x7E, 1, 0x9FB9},
	{0xFE, 0x90, 1, 0x9FBA}, {0xFE, 0x91, 1, 0xE855}, {0xFE, 0xA0, 1, 0x9FBB},
}

// gbFour is "index gb18030 ranges code point" of four bytes; 0 for none.
func gbFour(a, b, c, d byte) rune {
	var dst [16]byte
	src := [4]byte{a, b, c, d}
	if src == [4]byte{0x81, 0x35, 0xF4, 0x37} {
		return 0xE7C7 // pointer 7457
	}
	nDst, nSrc, err := gbRanges().NewDecoder().Transformer.Transform(dst[:], src[:], true)
	r, size := utf8.DecodeRune(dst[:nDst])
	if err != nil || nSrc != len(src) || size != nDst || r == utf8.RuneError && src != [4]byte{0x84, 0x31, 0xA4, 0x37} {
		return 0
	}
	return r
}

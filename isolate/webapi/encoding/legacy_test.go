package encoding

import (
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"os"
	"strings"
	"testing"
)

// testdata/labels.txt has every label of the standard with the name of its encoding; Chromium
// agrees with it.
func TestLabels(t *testing.T) {
	text, err := os.ReadFile("testdata/labels.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for line := range strings.Lines(string(text)) {
		label, want, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		lines++
		n, ok := lookup("\t" + strings.ToUpper(label) + " ")
		if want == "replacement" {
			if ok {
				t.Errorf("%s is accepted", label)
			}
			continue
		}
		if !ok || n.name != want {
			t.Errorf("%s is %q, want %q", label, n.name, want)
		}
	}
	if lines < 220 {
		t.Errorf("only %d labels", lines)
	}
}

// The checksums are over what every byte, and every pair of a lead and a trail byte, decodes
// to; the same inputs gave the same output in Chromium 156. They keep a new version of
// x/text from changing an index unseen.
func TestIndexes(t *testing.T) {
	for name, want := range map[string]uint32{
		"ibm866":         0x18354155,
		"iso-8859-2":     0xec22f3a0,
		"iso-8859-3":     0x102c87e8,
		"iso-8859-4":     0xd69a214d,
		"iso-8859-5":     0xef4aad4c,
		"iso-8859-6":     0x6682a7a7,
		"iso-8859-7":     0x0855b3f3,
		"iso-8859-8":     0x86610d82,
		"iso-8859-8-i":   0x86610d82,
		"iso-8859-10":    0x62541eb6,
		"iso-8859-13":    0xfe9a6b74,
		"iso-8859-14":    0x3447425b,
		"iso-8859-15":    0x0b55713a,
		"iso-8859-16":    0xc3f72ea5,
		"koi8-r":         0x4c6b86eb,
		"koi8-u":         0x21a76d43,
		"macintosh":      0xe21e6838,
		"windows-874":    0xa64c2c4e,
		"windows-1250":   0x195809a9,
		"windows-1251":   0xba6a44b7,
		"windows-1252":   0x040ec49f,
		"windows-1253":   0x7f7b0a97,
		"windows-1254":   0x6be1f4ed,
		"windows-1255":   0xf550490b,
		"windows-1256":   0x430f134a,
		"windows-1257":   0x6735c8b9,
		"windows-1258":   0x3cd26c53,
		"x-mac-cyrillic": 0x72fff6ca,
		"x-user-defined": 0xf866972c,
		"shift_jis":      0x434d623e,
		"euc-jp":         0x057d3649,
		"euc-kr":         0x120b06a4,
		"big5":           0x497a77e8,
		"gbk":            0xdd8a11b0,
		"gb18030":        0xdd8a11b0,
		"iso-2022-jp":    0xb393c101,
	} {
		n, ok := lookup(name)
		if !ok {
			t.Errorf("%s is unknown", name)
			continue
		}
		sum := crc32.NewIEEE()
		for a := range 256 {
			out, _ := n.newDecoder().decode(nil, []byte{byte(a)}, true, false)
			_, _ = sum.Write(out)
			if n.single == nil && a >= 0x80 {
				for b := range 256 {
					out, _ := n.newDecoder().decode(nil, []byte{byte(a), byte(b)}, true, false)
					_, _ = sum.Write(out)
				}
			}
		}
		if got := sum.Sum32(); got != want {
			t.Errorf("%q: 0x%08x, want 0x%08x", name, got, want)
		}
	}
}

// What follows a malformed sequence is decoded by itself where the standard says so.
func TestMalformedLegacy(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"shift_jis", "618462", "a�b"},
		{"shift_jis", "f040", "\ue000"},
		{"shift_jis", "81ff", "�"},
		{"shift_jis", "80a1", "\u0080｡"},
		{"euc-jp", "a441", "�A"},
		{"euc-jp", "8fa441", "�A"},
		{"euc-jp", "8fb0a1", "丂"},
		{"euc-jp", "8ea1", "｡"},
		{"euc-kr", "8141ff", "갂�"},
		{"euc-kr", "8130", "�0"},
		{"big5", "8862", "Ê̄"},
		{"big5", "88a5", "ê̌"},
		{"big5", "8140", "�@"},
		{"gb18030", "8130", "�"},
		{"gb18030", "813081", "�"},
		{"gb18030", "81308141", "�0丄"},
		{"gb18030", "813041", "�0A"},
		{"gb18030", "8431a437", "\ufffd"},
		{"gb18030", "8135f437", "\ue7c7"},
		{"gb18030", "90308130", "𐀀"},
		{"gb18030", "a3a0", "\u3000"},
		{"gb18030", "fe59", "龴"},
		{"gb18030", "ff", "�"},
		{"gb18030", "e332a439", "�"},
		{"iso-2022-jp", "1b284a5c7e", "¥‾"},
		{"iso-2022-jp", "1b284931", "ｱ"},
		{"iso-2022-jp", "1b2842" + "1b2842", "�"},
		{"iso-2022-jp", "1b24422422" + "1b", "あ�"},
		{"iso-2022-jp", "1b244224" + "1b284241", "�A"},
		{"iso-2022-jp", "1b2441", "�$A"},
		{"iso-2022-jp", "1b24", "�$"},
		{"iso-2022-jp", "0e0f80", "���"},
		{"iso-8859-2", "80a0", "\u0080\u00a0"},
		{"windows-1253", "d2aa81", "��\u0081"},
		{"x-user-defined", "80ff", "\uf780\uf7ff"},
	} {
		b, _ := hex.DecodeString(tt.in)
		n, _ := lookup(tt.name)
		got, _ := n.newDecoder().decode(nil, b, true, false)
		if string(got) != tt.want {
			t.Errorf("%s %s: got %q, want %q", tt.name, tt.in, got, tt.want)
		}
		_, ok := n.newDecoder().decode(nil, b, true, true)
		if wantOK := !strings.Contains(tt.want, "�") || tt.in == "8431a437"; ok != wantOK {
			t.Errorf("%s %s: fatal says %v", tt.name, tt.in, ok)
		}
	}
}

func ExampleDecodeUTF8() {
	fmt.Println(DecodeUTF8([]byte("\xef\xbb\xbfcaf\xc3\xa9 \xff")))
	// Output: café �
}

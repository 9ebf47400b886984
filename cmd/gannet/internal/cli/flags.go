package cli

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// parse parses flags, which may stand before, between and behind other arguments, and
// returns those others. "--" ends the flags.
func parse(fs *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := fs.Parse(args); err != nil {
			return nil, flagError(fs, err)
		}
		left := fs.Args()
		if len(left) == 0 {
			return rest, nil
		}
		if before := len(args) - len(left) - 1; before >= 0 && args[before] == "--" {
			return append(rest, left...), nil
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}

// flagError words the errors of package flag as ours.
func flagError(fs *flag.FlagSet, err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	msg := err.Error()
	if name, ok := strings.CutPrefix(msg, "flag provided but not defined: -"); ok {
		name = strings.TrimLeft(name, "-")
		var known []string
		fs.VisitAll(func(f *flag.Flag) { known = append(known, f.Name) })
		hint := "see gannet help " + fs.Name()
		if s := nearest(name, known); s != "" {
			hint = fmt.Sprintf("did you mean %q?", dashes(s))
		}
		return &usageError{"unknown flag " + dashes(name), hint}
	}
	if name, ok := strings.CutPrefix(msg, "flag needs an argument: -"); ok {
		return &usageError{dashes(name) + " needs a value", "see gannet help " + fs.Name()}
	}
	if rest, ok := strings.CutPrefix(msg, "invalid value "); ok {
		// invalid value "x" for flag -name: why
		value, why, _ := strings.Cut(rest, " for flag -")
		name, reason, _ := strings.Cut(why, ": ")
		return &usageError{fmt.Sprintf("%s %s: %s", dashes(name), value, reason), ""}
	}
	return &usageError{msg, "see gannet help " + fs.Name()}
}

func dashes(name string) string {
	if utf8.RuneCountInString(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// noMore refuses arguments a command does not take.
func noMore(rest []string) error {
	if len(rest) > 0 {
		return &usageError{fmt.Sprintf("unexpected argument %q", rest[0]), ""}
	}
	return nil
}

// nearest is the candidate that name was probably meant to be; "" if none is close: more than
// one mistake in three characters is another word.
func nearest(name string, candidates []string) string {
	best, bestDistance := "", len([]rune(name))/3+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), c); d < bestDistance || d == bestDistance && best == "" {
			best, bestDistance = c, d
		}
	}
	return best
}

// maxDistanceLen bounds the words that are compared, in characters: the work is their product.
const maxDistanceLen = 64

// distance is how many insertions, deletions, changes and swaps of neighbours make b of a
// (optimal string alignment).
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	if len(s) > maxDistanceLen || len(t) > maxDistanceLen {
		return math.MaxInt
	}
	rows := make([][]int, len(s)+1)
	for i := range rows {
		rows[i] = make([]int, len(t)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(s); i++ {
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(s)][len(t)]
}

package isolate

import (
	"testing"

	"go.uber.org/goleak"
)

// A closed scheduler leaves no goroutine behind: no isolate, timer or body does. The clock of
// the regular expression engine ends by itself, a while after the last match.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/dlclark/regexp2/v2.runClock"))
}

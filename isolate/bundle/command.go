package bundle

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// maxCommandOutput is how many bytes of a failed build command's output are shown: its
// end, where the reason stands.
const maxCommandOutput = 8 << 10

// commandGrace is how long a cancelled build command's pipes may stay open.
const commandGrace = time.Second

// runCommand runs wrangler's build.command. It is the project's own command, run with
// the rights of whoever builds; workers that were deployed by others come as sources
// that no command builds.
func runCommand(ctx context.Context, command, dir string) error {
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir = dir
	// A group of its own, so that cancelling reaches what the shell has started.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = commandGrace
	var out tailBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if cerr := ctx.Err(); cerr != nil {
		return cerr
	}
	if err == nil {
		return nil
	}
	e := failure("build command failed: %v: %s", err, command)
	if text := strings.TrimRight(out.String(), "\n"); text != "" {
		for line := range strings.SplitSeq(text, "\n") {
			e.Messages[0].Notes = append(e.Messages[0].Notes, Message{Severity: SeverityNote, Text: line})
		}
	}
	return e
}

// tailBuffer keeps the last maxCommandOutput bytes written to it.
type tailBuffer struct {
	b       bytes.Buffer
	dropped int
}

// Write implements io.Writer.
func (t *tailBuffer) Write(p []byte) (int, error) {
	t.b.Write(p)
	if over := t.b.Len() - maxCommandOutput; over > 0 {
		t.b.Next(over)
		t.dropped += over
	}
	return len(p), nil
}

func (t *tailBuffer) String() string {
	s := strings.ToValidUTF8(t.b.String(), "\ufffd")
	if t.dropped > 0 {
		return fmt.Sprintf("(%d bytes before this)\n%s", t.dropped, s)
	}
	return s
}

package sched

import (
	"testing"

	"go.uber.org/goleak"

	"gannet/core"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// funcTask is a task made of functions; nil functions do nothing.
type funcTask struct {
	core.Task
	run  func(core.Turn)
	drop func()
}

func newTask(run func(core.Turn), drop func()) *funcTask {
	t := &funcTask{run: run, drop: drop}
	t.Runner = t
	return t
}

func (t *funcTask) Run(turn core.Turn) {
	if t.run != nil {
		t.run(turn)
	}
}

func (t *funcTask) Drop() {
	if t.drop != nil {
		t.drop()
	}
}

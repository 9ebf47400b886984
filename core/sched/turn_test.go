package sched

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gannet/core"
)

const maxLimitDuration = time.Duration(math.MaxInt64)

// manualClock is a core.Clock whose time a test moves.
type manualClock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*manualTimer
}

type manualTimer struct {
	at time.Time
	fn func()
}

func (*manualTimer) Stop() bool { return false }

func newManualClock() *manualClock {
	return &manualClock{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
}

func (c *manualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *manualClock) AfterFunc(d time.Duration, fn func()) core.Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &manualTimer{c.now.Add(d), fn}
	c.timers = append(c.timers, t)
	return t
}

// advance moves the time and runs the timers that are due, and returns how many.
func (c *manualClock) advance(d time.Duration) int {
	c.mu.Lock()
	c.now = c.now.Add(d)
	var due []*manualTimer
	c.timers = slices.DeleteFunc(c.timers, func(t *manualTimer) bool {
		if t.at.After(c.now) {
			return false
		}
		due = append(due, t)
		return true
	})
	c.mu.Unlock()
	for _, t := range due {
		t.fn()
	}
	return len(due)
}

// manualCPU is a cpuMeter of one thread.
type manualCPU struct{ used atomic.Int64 }

func (*manualCPU) lock()                            {}
func (*manualCPU) unlock()                          {}
func (*manualCPU) thread() int32                    { return 7 }
func (m *manualCPU) own() (time.Duration, bool)     { return time.Duration(m.used.Load()), true }
func (m *manualCPU) of(int32) (time.Duration, bool) { return time.Duration(m.used.Load()), true }
func (m *manualCPU) add(d time.Duration)            { m.used.Add(int64(d)) }

// turnRig runs one turn under a manual clock and meter; the test plays the watchdog.
type turnRig struct {
	*Scheduler
	clk         *manualClock
	meter       *manualCPU
	interrupted int
}

func newRig() *turnRig {
	r := &turnRig{clk: newManualClock(), meter: &manualCPU{}}
	r.Scheduler = newStepped(Options{Executors: 1, Clock: r.clk})
	r.cpu = r.meter
	r.meter.add(time.Hour) // what the thread did before must not matter
	return r
}

// spend lets time pass, cpu of it on the processor, and scans if an alarm went off.
func (r *turnRig) spend(wall, cpu time.Duration) {
	r.meter.add(cpu)
	if r.clk.advance(wall) > 0 {
		r.dog.scan()
	}
}

func (r *turnRig) run(f func(core.Turn)) {
	a := r.NewActor(core.ActorOptions{Interrupt: func() { r.interrupted++ }})
	a.Post(&newTask(f, nil).Task)
	r.step(0)
}

func TestTurn(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		name  string
		limit time.Duration
		spend [][2]time.Duration // wall, CPU
		used  time.Duration
		fired bool
	}{
		{"short", 50 * ms, [][2]time.Duration{{ms / 2, ms / 2}}, ms / 2, false},
		{"below the limit", 50 * ms, [][2]time.Duration{{49 * ms, 49 * ms}}, 49 * ms, false},
		{"at the limit", 50 * ms, [][2]time.Duration{{50 * ms, 50 * ms}}, 50 * ms, true},
		{"over the limit", 50 * ms, [][2]time.Duration{{80 * ms, 80 * ms}}, 80 * ms, true},
		{"descheduled for long", 50 * ms, [][2]time.Duration{{10_000 * ms, 20 * ms}}, 20 * ms, false},
		{"descheduled again and again", 50 * ms, [][2]time.Duration{{60 * ms, 20 * ms}, {60 * ms, 20 * ms}, {60 * ms, 9 * ms}}, 49 * ms, false},
		{"descheduled, then over", 50 * ms, [][2]time.Duration{{60 * ms, 20 * ms}, {40 * ms, 40 * ms}}, 60 * ms, true},
		{"no limit left", 0, [][2]time.Duration{{ms, ms}}, ms, true},
		{"negative limit", -5, [][2]time.Duration{{ms, ms}}, ms, true},
		{"no limit at all", maxLimitDuration, [][2]time.Duration{{time.Hour, time.Hour}}, time.Hour, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRig()
			r.run(func(turn core.Turn) {
				turn.Arm(test.limit)
				for _, s := range test.spend {
					r.spend(s[0], s[1])
				}
				used, fired := turn.Disarm()
				if used != test.used || fired != test.fired {
					t.Errorf("Disarm = %v, %v; want %v, %v", used, fired, test.used, test.fired)
				}
				if used, fired := turn.Disarm(); used != 0 || fired {
					t.Errorf("second Disarm = %v, %v", used, fired)
				}
			})
			want := 0
			if test.fired {
				want = 1
			}
			if r.interrupted != want {
				t.Errorf("interrupted %d times, want %d", r.interrupted, want)
			}
		})
	}
}

// TestTurnBase: what the thread used before Arm does not count.
func TestTurnBase(t *testing.T) {
	r := newRig()
	r.run(func(turn core.Turn) {
		turn.Arm(time.Second)
		turn.Disarm()
		r.spend(time.Minute, time.Minute) // between the two, of the turn but not measured
		turn.Arm(20 * time.Millisecond)
		r.spend(19*time.Millisecond, 19*time.Millisecond)
		if used, fired := turn.Disarm(); used != 19*time.Millisecond || fired {
			t.Errorf("Disarm = %v, %v", used, fired)
		}
	})
}

// TestWatchdogSleeps: alarms are not set turn by turn, and none is left when turns end.
func TestWatchdogSleeps(t *testing.T) {
	r := newRig()
	for range 1000 {
		r.run(func(turn core.Turn) {
			turn.Arm(time.Second)
			r.spend(time.Millisecond, time.Millisecond)
			turn.Disarm()
		})
	}
	if n := len(r.clk.timers); n > 1 {
		t.Errorf("%d alarms for 1000 turns", n)
	}
	if scans := r.Stats().WatchdogScans; scans > 2 {
		t.Errorf("%d scans in a second", scans)
	}
	r.spend(time.Minute, 0)
	if n := len(r.clk.timers); n != 0 || r.dog.next.Load() != never {
		t.Errorf("%d alarms set while idle", n)
	}
	if late := r.Stats().WatchdogLateMax; late < 50*time.Second {
		t.Errorf("lateness %v after a jump of a minute", late)
	}
}

// TestShorterLimitFirst: a turn with a shorter limit than the one waited for is not late.
func TestShorterLimitFirst(t *testing.T) {
	r := newRig()
	r.run(func(turn core.Turn) {
		turn.Arm(time.Hour)
		turn.Disarm()
		r.spend(time.Millisecond/2, time.Millisecond/2)
		turn.Arm(5 * time.Millisecond)
		r.spend(5*time.Millisecond, 5*time.Millisecond)
		if _, fired := turn.Disarm(); !fired {
			t.Error("not interrupted")
		}
	})
}

// TestRunEndsArmed: a turn that its task left armed is disarmed.
func TestRunEndsArmed(t *testing.T) {
	r := newRig()
	r.run(func(turn core.Turn) { turn.Arm(time.Millisecond) })
	r.run(func(turn core.Turn) { r.spend(time.Minute, time.Minute) })
	if r.interrupted != 0 {
		t.Error("interrupted after its end")
	}
}

// TestInterruptRace: the watchdog and the end of the turn meet at every distance. Interrupt
// is called only between Arm and Disarm, and exactly if Disarm says so.
func TestInterruptRace(t *testing.T) {
	turns := 100_000
	if raceEnabled {
		turns = 4_000
	}
	for _, wallOnly := range []bool{true, false} {
		s := newStopped(Options{Executors: 1, WallOnly: wallOnly})
		s.wg.Add(1)
		go s.executors[0].run()
		var armed atomic.Bool
		var calls atomic.Int32
		a := s.NewActor(core.ActorOptions{Interrupt: func() {
			if !armed.Load() {
				t.Error("interrupted outside a turn")
			}
			calls.Add(1)
		}})
		fires := 0
		done := make(chan struct{})
		for i := range turns {
			a.Post(&newTask(func(turn core.Turn) {
				calls.Store(0)
				armed.Store(true)
				limit := time.Duration(rand.Int32N(3)) * time.Microsecond
				switch i % 64 {
				case 0:
					limit = 0
				case 32:
					limit = time.Hour
				}
				turn.Arm(limit)
				for range rand.Int32N(2000) {
					if calls.Load() > 0 {
						break // as a loop of the actor's would
					}
				}
				for i%64 == 0 && calls.Load() == 0 {
					runtime.Gosched() // the watchdog's turn, even with one P
				}
				_, fired := turn.Disarm()
				armed.Store(false)
				if n := calls.Load(); n > 1 || (n == 1) != fired {
					t.Errorf("Interrupt called %d times, Disarm says %v", n, fired)
				}
				if fired {
					fires++
				}
				if i == turns-1 {
					close(done)
				}
			}, nil).Task)
		}
		for running := true; running; { // a watchdog that never sleeps
			s.dog.scan()
			select {
			case <-done:
				running = false
			default:
				runtime.Gosched()
			}
		}
		t.Logf("wallOnly=%v: %d of %d turns interrupted", wallOnly, fires, turns)
		if fires < turns/64 || fires > turns-turns/64 {
			t.Error("a turn without a limit was interrupted, or one at its limit was not")
		}
		go s.dog.run()
		if err := s.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDisarmWaits: Disarm does not return while Interrupt is being called.
func TestDisarmWaits(t *testing.T) {
	s := newTest(t, Options{Executors: 1})
	entered, done := make(chan struct{}), make(chan struct{})
	var disarmed atomic.Bool
	a := s.NewActor(core.ActorOptions{Interrupt: func() {
		close(entered)
		for range 1000 {
			if disarmed.Load() {
				t.Error("Disarm returned before Interrupt did")
				return
			}
			runtime.Gosched()
		}
	}})
	a.Post(&newTask(func(turn core.Turn) {
		defer close(done)
		turn.Arm(0)
		<-entered
		_, fired := turn.Disarm()
		disarmed.Store(true)
		if !fired {
			t.Error("not fired")
		}
	}, nil).Task)
	<-done
}

// TestInterruptPanics: a panic in Interrupt does not end the watchdog.
func TestInterruptPanics(t *testing.T) {
	s := newTest(t, Options{Executors: 1})
	for range 2 {
		called := make(chan struct{})
		a := s.NewActor(core.ActorOptions{Interrupt: func() { close(called); panic("planted") }})
		done := make(chan struct{})
		a.Post(&newTask(func(turn core.Turn) {
			defer close(done)
			turn.Arm(0)
			<-called
			if _, fired := turn.Disarm(); !fired {
				t.Error("not fired")
			}
		}, nil).Task)
		<-done
	}
	if st := s.Stats(); st.Panics != 2 || st.Interrupts != 2 {
		t.Errorf("panics %d, interrupts %d", st.Panics, st.Interrupts)
	}
}

// TestEndlessLoop: on the system's clocks, a loop ends at its limit of CPU time and not before.
func TestEndlessLoop(t *testing.T) {
	s := newTest(t, Options{})
	var stop atomic.Bool
	a := s.NewActor(core.ActorOptions{Interrupt: func() { stop.Store(true) }})
	const limit = 20 * time.Millisecond
	done := make(chan struct{})
	a.Post(&newTask(func(turn core.Turn) {
		defer close(done)
		turn.Arm(limit)
		for !stop.Load() {
		}
		used, fired := turn.Disarm()
		t.Logf("used %v", used)
		if !fired || used < limit {
			t.Errorf("used %v, fired %v", used, fired)
		}
	}, nil).Task)
	<-done
}

// TestWaitingIsNotUsing: a turn that waits for long, on the system's clocks, uses nothing.
func TestWaitingIsNotUsing(t *testing.T) {
	if _, ok := ownCPU(); !ok {
		return // by the wall here, as documented
	}
	s := newTest(t, Options{})
	a := s.NewActor(core.ActorOptions{Interrupt: func() { t.Error("interrupted") }})
	done := make(chan struct{})
	a.Post(&newTask(func(turn core.Turn) {
		defer close(done)
		turn.Arm(20 * time.Millisecond)
		<-time.After(100 * time.Millisecond) // the length of the wait is what is tested
		if used, fired := turn.Disarm(); fired || used > 10*time.Millisecond {
			t.Errorf("used %v, fired %v", used, fired)
		}
	}, nil).Task)
	<-done
}

// TestIdleSleeps: a scheduler that has nothing to do has every executor asleep.
func TestIdleSleeps(t *testing.T) {
	s := New(Options{Executors: 130}) // three words of the lot
	for s.Stats().Parked != 130 || s.Stats().Searching != 0 {
		runtime.Gosched()
	}
	var wg sync.WaitGroup
	for range 500 {
		wg.Add(1)
		s.NewActor(core.ActorOptions{}).Post(&newTask(func(core.Turn) { wg.Done() }, nil).Task)
	}
	wg.Wait()
	if err := s.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

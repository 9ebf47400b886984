package sched

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// numbered returns n actors and a way back from an actor to its number.
func numbered(n int) ([]*actor, map[*actor]int) {
	all := make([]*actor, n)
	number := make(map[*actor]int, n)
	for i := range all {
		all[i] = &actor{}
		number[all[i]] = i
	}
	return all, number
}

func TestRing(t *testing.T) {
	for _, test := range []struct {
		name  string
		size  int
		start uint32
	}{
		{"size 1", 1, 0},
		{"size 1 at the wrap", 1, math.MaxUint32},
		{"size 4", 4, 0},
		{"size 4 across the wrap", 4, math.MaxUint32 - 1},
		{"full size across the wrap", ringSize, math.MaxUint32 - ringSize/2},
	} {
		t.Run(test.name, func(t *testing.T) {
			var q ring
			q.init(test.size, test.start)
			all, number := numbered(test.size + 1)
			for round := range 3 {
				if a := q.pop(); a != nil {
					t.Fatalf("round %d: an empty ring gave actor %d", round, number[a])
				}
				for i := range test.size {
					if !q.push(all[i]) {
						t.Fatalf("round %d: no room for actor %d", round, i)
					}
				}
				if q.push(all[test.size]) {
					t.Fatalf("round %d: room for one too many", round)
				}
				if q.len() != test.size {
					t.Fatalf("round %d: len = %d, want %d", round, q.len(), test.size)
				}
				for i := range test.size {
					if a := q.pop(); a != all[i] {
						t.Fatalf("round %d: pop %d gave actor %d", round, i, number[a])
					}
				}
			}
		})
	}
}

// TestRingHeldSlot: a consumer that won the head and has not handed the slot back makes
// push fail at that slot, and nothing else (Q3).
func TestRingHeldSlot(t *testing.T) {
	var q ring
	q.init(2, math.MaxUint32)
	all, _ := numbered(4)
	q.push(all[0])
	q.head.Add(1) // a consumer, stopped before its store of nil
	if !q.push(all[1]) {
		t.Fatal("no room in a free slot")
	}
	if q.push(all[2]) {
		t.Fatal("pushed over a slot that a consumer holds")
	}
	q.slots[math.MaxUint32&q.mask].Store(nil) // and goes on
	if !q.push(all[2]) {
		t.Fatal("no room after the slot was handed back")
	}
	if q.pop() != all[1] || q.pop() != all[2] || q.pop() != nil {
		t.Fatal("order lost")
	}
}

// TestRunqHeldSlot: with the ring's only slot in the hands of a stopped thief, the owner takes
// and steals all the same, and loses nothing.
func TestRunqHeldSlot(t *testing.T) {
	var q, victim runq
	q.ring.init(1, math.MaxUint32)
	victim.ring.init(4, 0)
	all, number := numbered(12)
	q.ring.push(all[0])
	q.ring.head.Add(1) // the thief, stopped before its store of nil
	expect := func(want ...int) {
		t.Helper()
		for _, n := range want {
			if a, _ := q.take(); a != all[n] {
				t.Fatalf("took %d, want %d", number[a], n)
			}
		}
		if a, _ := q.take(); a != nil || !q.empty() || q.len() != 0 {
			t.Fatalf("%d left", q.len())
		}
	}
	for _, a := range all[1:4] {
		q.submit(a)
	}
	expect(1, 2, 3)
	for _, a := range all[4:8] {
		victim.submit(a)
	}
	if !q.steal(&victim) {
		t.Fatal("stole nothing of an inbox")
	}
	expect(4, 5, 6, 7)
	for _, a := range all[8:] {
		victim.ring.push(a)
	}
	if !q.steal(&victim) {
		t.Fatal("stole nothing of a ring")
	}
	expect(8, 9)
}

// TestRunqHammer has one owner that takes, thieves that steal and submitters, with all
// indexes about to wrap: every actor comes out exactly once.
func TestRunqHammer(t *testing.T) {
	const submitters, thieves = 3, 3
	perSubmitter := 20000
	if raceEnabled {
		perSubmitter = 3000
	}
	for _, size := range []int{1, 8, ringSize} {
		queues := make([]runq, 1+thieves)
		for i := range queues {
			queues[i].ring.init(size, math.MaxUint32-3)
		}
		total := submitters * perSubmitter
		all, number := numbered(total)
		out := make([]atomic.Int32, total)
		var left atomic.Int64
		left.Store(int64(total))
		got := func(a *actor) {
			if n := out[number[a]].Add(1); n != 1 {
				t.Errorf("size %d: actor %d came out %d times", size, number[a], n)
			}
			left.Add(-1)
		}
		var wg sync.WaitGroup
		release := make(chan struct{})
		for s := range submitters {
			wg.Go(func() {
				<-release
				for i := range perSubmitter {
					queues[0].submit(all[s*perSubmitter+i])
				}
			})
		}
		wg.Go(func() { // the owner puts every third one back, once
			<-release
			again := map[*actor]bool{}
			for left.Load() > 0 {
				a, _ := queues[0].take()
				switch {
				case a == nil:
					runtime.Gosched()
				case number[a]%3 == 0 && !again[a]:
					again[a] = true
					if !queues[0].ring.push(a) {
						queues[0].submit(a)
					}
				default:
					got(a)
				}
			}
		})
		for i := range thieves {
			own := &queues[1+i]
			wg.Go(func() {
				<-release
				for v := 0; left.Load() > 0; v++ {
					a, _ := own.take()
					if a != nil {
						got(a)
						continue
					}
					victim := &queues[v%len(queues)]
					if victim == own || !own.steal(victim) {
						runtime.Gosched()
					}
				}
			})
		}
		close(release)
		wg.Wait()
		for i := range queues {
			if !queues[i].empty() || queues[i].len() != 0 {
				t.Errorf("size %d: queue %d has %d left", size, i, queues[i].len())
			}
		}
	}
}

// TestRunqOrder: from inbox through backlog to ring, first in is first out.
func TestRunqOrder(t *testing.T) {
	var q runq
	q.ring.init(4, 0)
	all, number := numbered(30)
	for _, a := range all[:20] {
		q.submit(a)
	}
	for i := range 20 {
		if i == 3 {
			for _, a := range all[20:] { // behind the backlog
				q.submit(a)
			}
		}
		if a, _ := q.take(); a != all[i] {
			t.Fatalf("take %d gave %d", i, number[a])
		}
	}
	if q.len() != 10 {
		t.Errorf("len = %d, want 10", q.len())
	}
	for i := 20; i < 30; i++ {
		if a, _ := q.take(); a != all[i] {
			t.Fatalf("take %d gave %d", i, number[a])
		}
	}
	if a, _ := q.take(); a != nil || !q.empty() || q.len() != 0 {
		t.Error("not empty at the end")
	}
}

func TestStealHalf(t *testing.T) {
	var victim, thief runq
	victim.ring.init(8, 0)
	thief.ring.init(8, 0)
	all, _ := numbered(12)
	for _, a := range all[:5] {
		victim.ring.push(a)
	}
	if !thief.steal(&victim) || thief.ring.len() != 3 || victim.ring.len() != 2 {
		t.Errorf("of 5, thief has %d and victim %d, want 3 and 2", thief.ring.len(), victim.ring.len())
	}
	for thief.ring.pop() != nil || victim.ring.pop() != nil {
	}
	if thief.steal(&victim) {
		t.Error("stole from an empty queue")
	}
	for _, a := range all {
		victim.submit(a)
	}
	if !thief.steal(&victim) || thief.len() != 12 || victim.len() != 0 {
		t.Errorf("of an inbox of 12, thief has %d and victim %d", thief.len(), victim.len())
	}
}

package sched

import (
	"fmt"
	"testing"
)

// The model of the parking protocol: executors, submitters, run queues and the lot as a
// state, every atomic operation of lot.go, runq.go and executor.go as a step, and a walk
// through all states that any interleaving of the steps can reach. Actors are counted, not
// named: one has one task, and its turn may go on for ever (then its executor is stuck) or
// end, or once use up its budget. The property is that when no thread can take a step,
// nothing is left in a run queue, though all executors but one be stuck.

const (
	maxModelExecutors = 3
	maxModelThreads   = 5
)

// modelState is comparable: it is the key of the set of states seen.
type modelState struct {
	inbox, ring   [maxModelExecutors]uint8
	bit, token    [maxModelExecutors]bool
	searching     int8
	stuck, budget uint8 // turns that may still go on for ever, or be requeued
	th            [maxModelThreads]modelThread
}

// modelThread is an executor or a submitter, with its registers.
type modelThread struct {
	pc, ret  modelPC
	at       uint8 // queue or sleeper being looked at
	private  uint8 // actors taken and not yet published
	steps    uint8 // pops a thief still wants
	have     bool  // an actor to run
	publish  uint8 // actors a submitter has yet to publish
	fromWork bool  // found at F2, not at P3
}

type modelPC uint8

const (
	pcDone modelPC = iota
	// A submitter.
	pcSubmit // S1, publish actors of a batch one by one
	// wakeFor and wakeOne; at is the queue.
	pcS2
	pcS2Inbox
	pcS2Ring
	pcS3
	pcS4Count
	pcS4Token
	// An executor: next.
	pcNext
	pcFill
	pcFillPush
	pcPop
	// Its turn.
	pcRun
	pcRequeueInbox
	pcRequeueFill
	pcRequeueFillPush
	pcRequeuePush
	// search.
	pcSearch
	pcLookInbox
	pcLookFill
	pcLookFillPush
	pcLookPop
	pcVictimRing
	pcStealPop
	pcStealPush
	pcStealInbox
	pcStealInboxPush
	pcStealOwnPop
	pcP1
	pcP2
	pcScanInbox // P3 and F2
	pcScanRing
	pcRetract
	pcP4
	pcF2
)

// modelBug leaves a step of the protocol out.
type modelBug int

const (
	noBug           modelBug = iota
	noSecondLook             // sleep without P3
	looksFirst               // S2 before S1
	leavesQuietly            // F2 only decrements
	movesQuietly             // no look for sleepers after moving an inbox into the ring
	requeuesQuietly          // nor after putting an actor behind others
)

type model struct {
	executors, submitters int
	bug                   modelBug
	seen                  map[modelState]bool
	todo                  []modelState
	lost                  *modelState
}

func (m *model) add(s modelState) {
	if !m.seen[s] {
		m.seen[s] = true
		m.todo = append(m.todo, s)
	}
}

// explore walks until a state breaks the property or there are no more.
func (m *model) explore(start modelState) {
	m.seen = map[modelState]bool{}
	m.add(start)
	for len(m.todo) > 0 && m.lost == nil {
		s := m.todo[len(m.todo)-1]
		m.todo = m.todo[:len(m.todo)-1]
		moved := false
		for i := range m.executors + m.submitters {
			moved = m.step(s, i) || moved
		}
		if moved {
			continue
		}
		for e := range m.executors {
			if s.inbox[e] > 0 || s.ring[e] > 0 {
				m.lost = &s
			}
		}
	}
}

// step adds every state thread i can make of s in one step; false if it cannot move.
func (m *model) step(s modelState, i int) bool {
	t := &s.th[i]
	e := i // an executor's queue
	// call and back are wakeFor (from pcS2) or wakeOne (from pcS3).
	call := func(pc modelPC, queue uint8, ret modelPC) { t.pc, t.at, t.ret = pc, queue, ret }
	back := func() { t.pc, t.ret, t.at = t.ret, 0, 0 }

	// victim goes on to the next one to steal from. The order is fixed, one of the random ones.
	victim := func(v uint8) {
		if int(v) == e {
			v++
		}
		if t.pc, t.at = pcVictimRing, v; int(v) >= m.executors {
			t.pc, t.at = pcP1, 0
		}
	}

	switch t.pc {
	case pcDone:
		return false
	case pcSubmit:
		if m.bug == looksFirst && t.ret == 0 {
			// One actor, looked for sleepers before: all that is left is to publish.
			for q := range m.executors {
				n := s
				n.inbox[q]++
				n.th[i] = modelThread{}
				m.add(n)
			}
			return true
		}
		if t.publish > 0 {
			for q := range m.executors {
				if t.fromWork && uint8(q) != t.at {
					continue // a batch keeps its target
				}
				if i == m.executors && q > 0 && !t.fromWork {
					continue // executors are alike: the first submitter's is the first one
				}
				n := s
				n.inbox[q]++
				n.th[i].publish--
				n.th[i].at, n.th[i].fromWork = uint8(q), true
				m.add(n)
			}
			return true
		}
		t.fromWork = false
		call(pcS2, t.at, pcDone)
	case pcS2:
		switch {
		case s.searching > 0:
			back()
		case m.bug == looksFirst && i >= m.executors:
			t.pc = pcS3
		default:
			t.pc = pcS2Inbox
		}
	case pcS2Inbox:
		if t.pc = pcS2Ring; s.inbox[t.at] > 0 {
			t.pc = pcS3
		}
	case pcS2Ring:
		if s.ring[t.at] > 0 {
			t.pc = pcS3
		} else {
			back()
		}
	case pcS3:
		claimed := false
		for v := range m.executors {
			if s.bit[v] {
				n := s
				n.bit[v] = false
				n.th[i].pc, n.th[i].at = pcS4Count, uint8(v)
				m.add(n)
				claimed = true
			}
		}
		if claimed {
			return true
		}
		back()
	case pcS4Count:
		s.searching++
		t.pc = pcS4Token
	case pcS4Token:
		if s.token[t.at] {
			panic("model: a second token for one executor")
		}
		s.token[t.at] = true
		back()

	case pcNext:
		if t.pc = pcPop; s.inbox[e] > 0 {
			t.pc = pcFill
		}
	case pcFill:
		t.private, s.inbox[e] = s.inbox[e], 0
		t.pc = pcFillPush
	case pcFillPush:
		if t.private == 0 {
			t.pc = pcPop
			t.fromWork = true // published
			break
		}
		t.private--
		s.ring[e]++
	case pcPop:
		published := t.fromWork
		t.fromWork = false
		if s.ring[e] == 0 {
			t.pc = pcSearch
			break
		}
		s.ring[e]--
		t.have = true
		if t.pc = pcRun; published && m.bug != movesQuietly {
			call(pcS2, uint8(e), pcRun)
		}
	case pcRun:
		if s.stuck > 0 {
			n := s
			n.stuck--
			n.th[i] = modelThread{} // for ever
			m.add(n)
		}
		if s.budget > 0 {
			n := s
			n.budget--
			n.th[i].pc = pcRequeueInbox
			m.add(n)
		}
		t.have = false
		t.pc = pcNext
	case pcRequeueInbox:
		if t.pc = pcRequeuePush; s.inbox[e] > 0 {
			t.pc = pcRequeueFill
		}
	case pcRequeueFill:
		t.private, s.inbox[e] = s.inbox[e], 0
		t.pc = pcRequeueFillPush
	case pcRequeueFillPush:
		if t.private == 0 {
			t.pc = pcRequeuePush
			break
		}
		t.private--
		s.ring[e]++
	case pcRequeuePush:
		s.ring[e]++
		t.have = false
		if call(pcS2, uint8(e), pcNext); m.bug == requeuesQuietly {
			back()
		}

	case pcSearch:
		s.searching++
		t.pc = pcLookInbox
	case pcLookInbox:
		if t.pc = pcLookPop; s.inbox[e] > 0 {
			t.pc = pcLookFill
		}
	case pcLookFill:
		t.private, s.inbox[e] = s.inbox[e], 0
		t.pc = pcLookFillPush
	case pcLookFillPush:
		if t.private == 0 {
			t.pc = pcLookPop
			break
		}
		t.private--
		s.ring[e]++
	case pcLookPop:
		if s.ring[e] > 0 {
			s.ring[e]--
			t.have, t.pc = true, pcF2
			break
		}
		victim(0)
	case pcVictimRing:
		if t.steps = (s.ring[t.at] + 1) / 2; t.steps > 0 {
			t.pc = pcStealPop
		} else {
			t.pc = pcStealInbox
		}
	case pcStealPop:
		if t.steps == 0 || s.ring[t.at] == 0 {
			t.steps, t.pc = 0, pcStealOwnPop
			break
		}
		s.ring[t.at]--
		t.steps--
		t.pc = pcStealPush
	case pcStealPush:
		s.ring[e]++
		t.pc = pcStealPop
	case pcStealInbox:
		t.private, s.inbox[t.at] = s.inbox[t.at], 0
		t.pc = pcStealInboxPush
	case pcStealInboxPush:
		if t.private == 0 {
			t.pc = pcStealOwnPop
			break
		}
		t.private--
		s.ring[e]++
	case pcStealOwnPop:
		if s.ring[e] > 0 {
			s.ring[e]--
			t.have, t.pc, t.at = true, pcF2, 0
			break
		}
		victim(t.at + 1)
	case pcP1:
		s.bit[e] = true
		t.pc = pcP2
	case pcP2:
		s.searching--
		t.at, t.fromWork = 0, false
		if t.pc = pcScanInbox; m.bug == noSecondLook {
			t.pc = pcP4
		}
	case pcScanInbox, pcScanRing:
		queue := s.inbox
		if t.pc == pcScanRing {
			queue = s.ring
		}
		switch {
		case queue[t.at] > 0 && t.fromWork:
			t.fromWork = false
			call(pcS3, uint8(e), pcRun)
		case queue[t.at] > 0:
			t.pc, t.at = pcRetract, 0
		case t.pc == pcScanInbox:
			t.pc = pcScanRing
		case int(t.at)+1 < m.executors:
			t.at++
			t.pc = pcScanInbox
		case t.fromWork:
			t.fromWork = false
			t.pc, t.at = pcRun, 0
		default:
			t.pc, t.at = pcP4, 0
		}
	case pcRetract:
		if t.pc = pcP4; s.bit[e] {
			s.bit[e] = false
			t.pc = pcSearch // searching++, then look
		}
	case pcP4:
		if !s.token[e] {
			return false
		}
		s.token[e] = false
		t.pc = pcLookInbox
	case pcF2:
		s.searching--
		t.pc = pcRun
		if s.searching == 0 && m.bug != leavesQuietly {
			t.pc, t.at, t.fromWork = pcScanInbox, 0, true
		}
	default:
		panic(fmt.Sprint("model: no step at ", t.pc))
	}
	m.add(s)
	return true
}

// TestParkingModel: no interleaving leaves work behind, and the model can tell.
func TestParkingModel(t *testing.T) {
	tests := []struct {
		name      string
		executors int
		batches   []uint8 // per submitter, how many actors it makes runnable
		stuck     uint8
		budget    uint8
		bug       modelBug
		lost      bool
	}{
		{name: "two executors, two posts, a requeue", executors: 2, batches: []uint8{1, 1}, stuck: 1, budget: 1},
		{name: "two executors, a batch of three", executors: 2, batches: []uint8{3}, stuck: 1, budget: 1},
		{name: "two executors, a batch and a post", executors: 2, batches: []uint8{2, 1}, stuck: 1},
		{name: "three executors, a batch", executors: 3, batches: []uint8{2}, stuck: 1},
		{name: "no second look", executors: 2, batches: []uint8{1}, bug: noSecondLook, lost: true},
		{name: "looks before it publishes", executors: 1, batches: []uint8{1}, bug: looksFirst, lost: true},
		{name: "last searcher leaves quietly", executors: 2, batches: []uint8{1, 1}, stuck: 1, bug: leavesQuietly, lost: true},
		{name: "moves an inbox quietly", executors: 2, batches: []uint8{1, 1, 1}, stuck: 1, bug: movesQuietly, lost: true},
		{name: "requeues quietly", executors: 2, batches: []uint8{1, 1}, stuck: 1, budget: 1, bug: requeuesQuietly, lost: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if raceEnabled && len(test.batches)+test.executors > 3 && !test.lost {
				return // a million states take half a minute, and the model has no concurrency
			}
			m := &model{executors: test.executors, submitters: len(test.batches), bug: test.bug}
			start := modelState{stuck: test.stuck, budget: test.budget}
			for e := range test.executors {
				start.th[e].pc = pcNext
			}
			for i, n := range test.batches {
				th := &start.th[test.executors+i]
				th.pc, th.publish = pcSubmit, n
				if test.bug == looksFirst {
					th.pc, th.ret = pcS2, pcSubmit
				}
			}
			m.explore(start)
			t.Logf("%d states", len(m.seen))
			if (m.lost != nil) != test.lost {
				t.Errorf("work left behind: %v, want %v: %+v", m.lost != nil, test.lost, m.lost)
			}
		})
	}
}

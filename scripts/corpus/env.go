package main

import (
	"corpus/rec"
	"sync"
	"time"
)

// env is what a program runs in.
type env struct {
	role       string            // which process of the program this is
	addresses  map[string]string // where the other processes listen
	stop       chan struct{}     // closed when a server process shall end
	background sync.WaitGroup    // what must end before the recording does
}

func (e *env) intn(n int) int { return int(rec.Random() % uint64(n)) }

func (e *env) chance(share float64) bool { return float64(rec.Random()>>11)/(1<<53) < share }

// between draws a duration whose logarithm is spread evenly: short ones are common, long ones happen.
func (e *env) between(low, high time.Duration) time.Duration {
	share := float64(rec.Random()>>11) / (1 << 53)
	return low + time.Duration(float64(high-low)*share*share)
}

// io waits as for a disk or a network.
func (e *env) io(low, high time.Duration) { time.Sleep(e.between(low, high)) }

// work keeps a processor busy.
func (e *env) work(low, high time.Duration) {
	end := time.Now().Add(e.between(low, high))
	x := uint64(1)
	for time.Now().Before(end) {
		for range 200 {
			x = x*6364136223846793005 + 1442695040888963407
		}
	}
	sink = x
}

var sink uint64

// arrive calls handle for each of n requests on a goroutine of its own, at random times (an open
// loop, as a server sees its clients), and returns when all have been answered.
func (e *env) arrive(n int, low, high time.Duration, handle func(i int)) {
	var requests sync.WaitGroup
	for i := range n {
		requests.Add(1)
		go func() {
			defer requests.Done()
			handle(i)
		}()
		time.Sleep(e.between(low, high))
	}
	requests.Wait()
}

// clients calls handle n times from each of a few goroutines (a closed loop, as connections that are
// kept alive), and returns when all are done.
func (e *env) clients(count, n int, low, high time.Duration, handle func(client, i int)) {
	var open sync.WaitGroup
	for client := range count {
		open.Add(1)
		go func() {
			defer open.Done()
			for i := range n {
				handle(client, i)
				time.Sleep(e.between(low, high))
			}
		}()
	}
	open.Wait()
}

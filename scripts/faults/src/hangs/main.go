package main

import (
	"context"
	"io"
	"net"
	"runtime"
	"sync"
	"time"

	"rec"
)

var wg sync.WaitGroup

func run(f func()) {
	wg.Add(1)
	go func() { defer wg.Done(); f() }()
}

func main() {
	rec.Start("hangs")
	ctx := context.Background()
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				b := make([]byte, 1)
				for {
					if _, err := c.Read(b); err != nil {
						return
					}
					if b[0] == 's' {
						time.Sleep(1800 * time.Millisecond)
					}
					c.Write(b)
				}
			}()
		}
	}()
	ask := func(name, truth string, what byte, times int) {
		run(func() {
			c, _ := net.Dial("tcp", l.Addr().String())
			defer c.Close()
			_, s := rec.Span(ctx, name, truth)
			defer s.End()
			b := []byte{what}
			for i := 0; i < times; i++ {
				c.Write(b)
				c.Read(b)
			}
		})
	}
	ask("slow peer", "hung", 's', 1)
	ask("fast peer", "fine", 'f', 20)
	// One holds a lock for long, another waits for it.
	var mu sync.Mutex
	held := make(chan int)
	run(func() {
		mu.Lock()
		close(held)
		time.Sleep(1700 * time.Millisecond)
		mu.Unlock()
	})
	<-held
	run(func() {
		_, s := rec.Span(ctx, "lock", "hung")
		defer s.End()
		mu.Lock()
		mu.Unlock()
	})
	// A queue at a lock that moves.
	var q sync.Mutex
	for i := 0; i < 12; i++ {
		run(func() {
			_, s := rec.Span(ctx, "queue", "fine")
			defer s.End()
			q.Lock()
			time.Sleep(140 * time.Millisecond)
			q.Unlock()
		})
	}
	// A channel that nobody feeds for long.
	ch := make(chan int)
	run(func() {
		_, s := rec.Span(ctx, "starved", "hung")
		defer s.End()
		<-ch
	})
	run(func() { time.Sleep(1600 * time.Millisecond); ch <- 1 })
	// A wait group, children busy in spans of their own: busy, not hung.
	run(func() {
		c, s := rec.Span(ctx, "fan out", "fine")
		defer s.End()
		var inner sync.WaitGroup
		for i := 0; i < 20; i++ {
			inner.Add(1)
			go func() {
				defer inner.Done()
				time.Sleep(time.Duration(i) * 90 * time.Millisecond)
				_, k := rec.Span(c, "part", "fine")
				time.Sleep(60 * time.Millisecond)
				k.End()
			}()
		}
		inner.Wait()
	})
	// The processor is busy for long, that is no wait.
	run(func() {
		_, s := rec.Span(ctx, "busy", "fine")
		defer s.End()
		for end := time.Now().Add(1700 * time.Millisecond); time.Now().Before(end); {
			runtime.Gosched()
		}
	})
	// A condition.
	cond := sync.NewCond(new(sync.Mutex))
	run(func() {
		_, s := rec.Span(ctx, "condition", "hung")
		defer s.End()
		cond.L.Lock()
		cond.Wait()
		cond.L.Unlock()
	})
	run(func() { time.Sleep(1650 * time.Millisecond); cond.Broadcast() })
	// Hung deep in a library: a pipe whose writer is late.
	pr, pw := io.Pipe()
	run(func() {
		_, s := rec.Span(ctx, "pipe", "hung")
		defer s.End()
		io.ReadAll(pr)
	})
	run(func() { time.Sleep(1680 * time.Millisecond); pw.Close() })
	wg.Wait()
	time.Sleep(3 * time.Second)
	rec.Stop()
}

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"rec"
)

var (
	mu   sync.Mutex
	rw   sync.RWMutex
	cond = sync.NewCond(new(sync.Mutex))
	full = make(chan int, 2)
	once sync.Once
	quit = make(chan struct{})
)

func leak(ctx context.Context, name string, f func()) {
	go func() {
		rec.Truth("leak " + name)
		_, s := rec.Span(ctx, name, "leaked")
		defer s.End()
		f()
	}()
}

type never struct{ ch chan []byte }

func (n never) Read(p []byte) (int, error) { return copy(p, <-n.ch), nil }

func request(i int) {
	ctx, s := rec.Span(context.Background(), "request", "fine")
	defer s.End()
	switch i % 14 {
	case 0:
		leak(ctx, "mutex", func() { mu.Lock() })
	case 1:
		leak(ctx, "cond", func() { cond.L.Lock(); cond.Wait() })
	case 2:
		a, b := make(chan int), make(chan int)
		leak(ctx, "select", func() {
			select {
			case <-a:
			case <-b:
			}
		})
	case 3:
		var wg sync.WaitGroup
		wg.Add(2)
		go func() { wg.Done() }()
		leak(ctx, "waitgroup", func() { wg.Wait() })
	case 4:
		leak(ctx, "fullsend", func() { full <- 1; full <- 1; full <- 1 })
	case 5:
		go func() {
			rec.Truth("timer-loop")
			for {
				select {
				case <-quit:
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		}()
	case 6:
		r, w := io.Pipe()
		go func() { fmt.Fprintln(w, "hello") }()
		leak(ctx, "pipe", func() { io.ReadAll(bufio.NewReader(r)) })
	case 7:
		leak(ctx, "once", func() { once.Do(func() { <-quit }) })
	case 8:
		g, gctx := errgroup.WithContext(context.Background())
		g.Go(func() error { rec.Truth("leak errgroup"); <-gctx.Done(); return nil })
		leak(ctx, "errgroup.Wait", func() { g.Wait() })
	case 9:
		ch := make(chan int)
		go func() { ch <- 1; ch <- 2 }()
		leak(ctx, "range", func() {
			for range ch {
			}
		})
	case 10:
		ch := make(chan int)
		leak(ctx, "late send", func() { time.Sleep(5 * time.Millisecond); ch <- 1 })
		select {
		case <-ch:
		case <-time.After(time.Millisecond):
		}
	case 11:
		leak(ctx, "rlock", func() { rw.RLock() })
	case 12:
		leak(ctx, "nil", func() { var c chan int; <-c })
	case 13:
		leak(ctx, "scanner", func() {
			sc := bufio.NewScanner(never{make(chan []byte)})
			for sc.Scan() {
			}
		})
	}
	time.Sleep(2 * time.Millisecond)
}

func main() {
	rec.Start("leaks")
	// The holders forget to unlock.
	done := make(chan int)
	go func() { mu.Lock(); rw.Lock(); done <- 1 }()
	<-done
	var wg sync.WaitGroup
	for i := 0; i < 42; i++ {
		wg.Add(1)
		go func() { defer wg.Done(); request(i) }()
		time.Sleep(3 * time.Millisecond)
	}
	wg.Wait()
	time.Sleep(1200 * time.Millisecond)
	rec.Stop()
}

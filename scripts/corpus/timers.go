package main

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"corpus/rec"
)

var _ = register(program{Name: "retry", Part: "tune", Site: "retry.timer", run: retry,
	About: "calls retried with backoff: by sleeping, and by time.AfterFunc for those nobody waits for"})

func retry(e *env) {
	e.arrive(170, 200*time.Microsecond, 1800*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /payment", rec.Server)
		defer s.End()
		var open sync.WaitGroup
		open.Add(1)
		charge := rec.Pass(ctx, "go statement", "retry.charge")
		go func() {
			defer open.Done()
			ctx, s := rec.Start(charge, "charge")
			defer s.End()
			for try := range 4 {
				_, call := rec.Start(rec.Pass(ctx, "call", "retry.attempt"), "attempt", rec.Client, "try", try)
				e.io(60*time.Microsecond, 500*time.Microsecond)
				call.End()
				if e.chance(.6) {
					break
				}
				time.Sleep(200 * time.Microsecond << try)
			}
		}()
		if e.chance(.6) {
			e.background.Add(1)
			var notify func(ctx context.Context, try int)
			notify = func(ctx context.Context, try int) {
				_, s := rec.Start(ctx, "notify partner", rec.Client, "try", try)
				e.work(5*time.Microsecond, 40*time.Microsecond)
				failed := e.chance(.4) && try < 3
				s.End()
				if !failed {
					e.background.Done()
					return
				}
				again := rec.Pass(ctx, "timer", "retry.again")
				time.AfterFunc(800*time.Microsecond<<try, func() { notify(again, try+1) })
			}
			first := rec.Pass(ctx, "timer", "retry.timer")
			time.AfterFunc(2*time.Millisecond, func() { notify(first, 0) })
		}
		if e.chance(.2) {
			audit(e, "audit payment")
		}
		open.Wait()
	})
}

var _ = register(program{Name: "afterfunc", Part: "tune", Site: "afterfunc.expire", run: afterFunc,
	About: "timers with a random delay, and a debounced flush that belongs to whoever asked last; evictions are roots"})

func afterFunc(e *env) {
	var lock sync.Mutex
	var flush *time.Timer
	var asked context.Context
	e.arrive(220, 200*time.Microsecond, 1500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "PUT /cache", rec.Server)
		defer s.End()
		e.work(10*time.Microsecond, 60*time.Microsecond)
		expire := rec.Pass(ctx, "random timer", "afterfunc.expire")
		e.background.Add(1)
		time.AfterFunc(e.between(500*time.Microsecond, 9*time.Millisecond), func() {
			defer e.background.Done()
			_, s := rec.Start(expire, "expire entry")
			e.work(5*time.Microsecond, 40*time.Microsecond)
			s.End()
		})
		if e.chance(.5) {
			lock.Lock()
			asked = rec.Pass(ctx, "debounce", "afterfunc.flush")
			if flush == nil {
				e.background.Add(1)
				flush = time.AfterFunc(1500*time.Microsecond, func() {
					defer e.background.Done()
					lock.Lock()
					ctx := asked
					flush = nil
					lock.Unlock()
					ctx, s := rec.Start(ctx, "flush index")
					defer s.End()
					query(e, ctx, "afterfunc.query", "write index")
				})
			} else if flush.Stop() {
				flush.Reset(1500 * time.Microsecond)
			} // else it is about to run, and will run for this request

			lock.Unlock()
		}
		if e.chance(.2) {
			e.background.Add(1)
			time.AfterFunc(3*time.Millisecond, func() {
				defer e.background.Done()
				_, s := rec.Start(rec.Background("timer"), "evict old")
				e.work(5*time.Microsecond, 40*time.Microsecond)
				s.End()
			})
		}
	})
}

type delayed struct {
	at time.Time
	job
}
type delayHeap []delayed

func (h delayHeap) Len() int           { return len(h) }
func (h delayHeap) Less(i, j int) bool { return h[i].at.Before(h[j].at) }
func (h delayHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *delayHeap) Push(x any)        { *h = append(*h, x.(delayed)) }
func (h *delayHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

var _ = register(program{Name: "delayqueue", Part: "unseen", Site: "delayqueue.due", run: delayQueue,
	About: "one scheduler goroutine with a heap of due times: it runs short jobs itself and starts goroutines for long ones"})

func delayQueue(e *env) {
	add := make(chan delayed)
	go func() {
		var due delayHeap
		timer := time.NewTimer(time.Hour)
		for {
			select {
			case d := <-add:
				heap.Push(&due, d)
			case <-timer.C:
			}
			for len(due) > 0 && !due[0].at.After(time.Now()) {
				d := heap.Pop(&due).(delayed)
				if e.chance(.5) {
					_, s := rec.Start(d.ctx, "remind")
					e.work(5*time.Microsecond, 40*time.Microsecond)
					s.End()
					d.done()
					continue
				}
				go func() {
					ctx, s := rec.Start(d.ctx, "poll status")
					query(e, ctx, "delayqueue.query", "GET status")
					s.End()
					d.done()
				}()
			}
			if len(due) > 0 {
				timer.Reset(time.Until(due[0].at))
			}
		}
	}()
	e.arrive(230, 200*time.Microsecond, 1500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /transfer", rec.Server)
		defer s.End()
		for range 1 + e.intn(3) {
			e.background.Add(1)
			at := time.Now().Add(e.between(300*time.Microsecond, 5*time.Millisecond))
			add <- delayed{at, job{rec.Pass(ctx, "delay queue", "delayqueue.due"), e.background.Done}}
			e.work(5*time.Microsecond, 40*time.Microsecond)
		}
		if e.chance(.2) {
			audit(e, "audit transfer")
		}
	})
}

var _ = register(program{Name: "cron", Part: "unseen", Site: "cron.shard", run: cron,
	About: "ticker jobs, each a true root with children of its own, beside requests that do the same work"})

func cron(e *env) {
	refresh := func(ctx context.Context) {
		ctx, s := rec.Start(ctx, "refresh cache")
		defer s.End()
		query(e, ctx, "cron.read", "read table")
	}
	sweep := every(e, 2*time.Millisecond, func() {
		ctx, s := rec.Start(rec.Background("cron"), "sweep sessions")
		defer s.End()
		var shards sync.WaitGroup
		for range 3 {
			ctx := rec.Pass(ctx, "go statement", "cron.shard")
			shards.Add(1)
			go func() {
				defer shards.Done()
				ctx, s := rec.Start(ctx, "sweep shard")
				defer s.End()
				e.work(10*time.Microsecond, 80*time.Microsecond)
				query(e, ctx, "cron.delete", "delete rows")
			}()
		}
		shards.Wait()
	})
	// The same span is a root when the ticker asks, and a child when a request does.
	warm := every(e, 3*time.Millisecond, func() { refresh(rec.Background("cron")) })
	e.arrive(200, 200*time.Microsecond, 2*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /item", rec.Server)
		defer s.End()
		query(e, ctx, "cron.query", "select item")
		if e.chance(.3) {
			ctx := rec.Pass(ctx, "go statement", "cron.refresh")
			e.background.Add(1)
			go func() {
				defer e.background.Done()
				refresh(ctx)
			}()
		}
	})
	sweep()
	warm()
}

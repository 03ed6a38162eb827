package main

import (
	"context"
	"sync"
	"time"

	"corpus/rec"
)

var _ = register(program{Name: "dag", Part: "unseen", Site: "dag.node", run: dag,
	About: "workflows: a node starts on a goroutine when the last of those it waits for is done; all belong to the workflow"})

func dag(e *env) {
	type node struct {
		name    string
		waits   int
		follows []int
	}
	shape := []node{
		{"node fetch", 0, []int{2, 3}}, {"node rates", 0, []int{3}}, {"node clean", 1, []int{4}},
		{"node join", 2, []int{4, 5}}, {"node train", 2, []int{5}}, {"node publish", 2, nil},
	}
	e.arrive(60, 500*time.Microsecond, 4*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "run workflow", rec.Server)
		defer s.End()
		var lock sync.Mutex
		var open sync.WaitGroup
		left := make([]int, len(shape))
		open.Add(len(shape))
		var run func(ctx context.Context, number int)
		run = func(ctx context.Context, number int) {
			defer open.Done()
			own, s := rec.Start(ctx, shape[number].name)
			e.io(80*time.Microsecond, 900*time.Microsecond)
			if e.chance(.5) {
				query(e, own, "dag.query", "save state")
			}
			s.End()
			lock.Lock()
			defer lock.Unlock()
			for _, next := range shape[number].follows {
				if left[next]--; left[next] == 0 {
					go run(rec.Pass(ctx, "go statement", "dag.node"), next)
				}
			}
		}
		for number, node := range shape {
			left[number] = node.waits
		}
		lock.Lock()
		for number, node := range shape {
			if node.waits == 0 {
				go run(rec.Pass(ctx, "go statement", "dag.start"), number)
			}
		}
		lock.Unlock()
		open.Wait()
	})
}

var _ = register(program{Name: "dataloader", Part: "unseen", Site: "dataloader.batch", IDs: "log", run: dataLoader,
	About: "resolvers on goroutines of a query ask a loader of that query, which loads in batches a moment after the first"})

type loader struct {
	e       *env
	lock    sync.Mutex
	waiting []chan struct{}
	name    string
}

func (l *loader) load(ctx context.Context) {
	done := make(chan struct{})
	l.lock.Lock()
	l.waiting = append(l.waiting, done)
	if len(l.waiting) == 1 {
		ctx := rec.Pass(ctx, "timer", "dataloader.batch")
		time.AfterFunc(150*time.Microsecond, func() {
			l.lock.Lock()
			batch := l.waiting
			l.waiting = nil
			l.lock.Unlock()
			ctx, s := rec.Start(ctx, l.name, rec.Client, "batch.size", len(batch))
			query(l.e, ctx, "dataloader.query", "select many")
			s.End()
			for _, done := range batch {
				close(done)
			}
		})
	}
	l.lock.Unlock()
	<-done
}

func dataLoader(e *env) {
	e.arrive(80, 500*time.Microsecond, 4*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /graphql", rec.Server)
		defer s.End()
		users, posts := &loader{e: e, name: "load users"}, &loader{e: e, name: "load posts"}
		var open sync.WaitGroup
		for range 2 + e.intn(4) {
			ctx := rec.Pass(ctx, "go statement", "dataloader.resolve")
			open.Add(1)
			go func() {
				defer open.Done()
				ctx, s := rec.Start(ctx, "resolve user")
				defer s.End()
				e.work(2*time.Microsecond, 30*time.Microsecond)
				users.load(ctx)
				if e.chance(.6) {
					ctx, s := rec.Start(ctx, "resolve posts")
					posts.load(ctx)
					s.End()
				}
			}()
		}
		open.Wait()
	})
}

var _ = register(program{Name: "groupcommit", Part: "unseen", Site: "groupcommit.sync", IDs: "task", run: groupCommit,
	About: "writers append to a log; whoever finds nobody at it writes for all who wait, the others sleep on a condition"})

func groupCommit(e *env) {
	var lock sync.Mutex
	written := sync.NewCond(&lock)
	appended, durable, busy := 0, 0, false
	e.clients(6, 24, 200*time.Microsecond, 2*time.Millisecond, func(int, int) {
		ctx, s := rec.Start(rec.Background("request"), "PUT /key", rec.Server)
		defer s.End()
		e.work(5*time.Microsecond, 40*time.Microsecond)
		ctx, commit := rec.Start(rec.Pass(ctx, "call", "groupcommit.commit"), "commit")
		defer commit.End()
		lock.Lock()
		defer lock.Unlock()
		appended++
		own := appended
		for durable < own {
			if busy {
				written.Wait()
				continue
			}
			busy = true
			upTo := appended
			lock.Unlock()
			_, s := rec.Start(rec.Pass(ctx, "call", "groupcommit.sync"), "sync log", rec.Client)
			e.io(100*time.Microsecond, 700*time.Microsecond)
			s.End()
			lock.Lock()
			busy, durable = false, upTo
			written.Broadcast()
		}
	})
}

var _ = register(program{Name: "informer", Part: "unseen", Site: "informer.reconcile", run: informer,
	About: "changes go to a queue that holds each key once; workers reconcile keys, and put failed ones back after a delay"})

func informer(e *env) {
	type change struct {
		ctx context.Context
		key int
	}
	var lock sync.Mutex
	ready := sync.NewCond(&lock)
	queued, last := []int{}, map[int]context.Context{}
	closed := false
	add := func(c change) {
		lock.Lock()
		if _, known := last[c.key]; !known {
			queued = append(queued, c.key)
			last[c.key] = c.ctx
		}
		lock.Unlock()
		ready.Signal()
	}
	var workers, delayed sync.WaitGroup
	for range 3 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for {
				lock.Lock()
				for len(queued) == 0 && !closed {
					ready.Wait()
				}
				if len(queued) == 0 {
					lock.Unlock()
					return
				}
				key := queued[0]
				queued = queued[1:]
				ctx := last[key]
				delete(last, key)
				lock.Unlock()
				own, s := rec.Start(ctx, "reconcile", rec.Consumer)
				query(e, own, "informer.apply", "apply state")
				s.End()
				if e.chance(.15) {
					delayed.Add(1)
					time.AfterFunc(e.between(200*time.Microsecond, 2*time.Millisecond), func() {
						defer delayed.Done()
						add(change{rec.Pass(ctx, "timer", "informer.retry"), key})
					})
				}
			}
		}()
	}
	e.arrive(120, 200*time.Microsecond, 2*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("message"), "watch event", rec.Consumer)
		e.work(5*time.Microsecond, 30*time.Microsecond)
		add(change{rec.Pass(ctx, "condition queue", "informer.reconcile"), e.intn(40)})
		s.End()
	})
	time.Sleep(5 * time.Millisecond)
	delayed.Wait()
	lock.Lock()
	closed = true
	lock.Unlock()
	ready.Broadcast()
	workers.Wait()
}

var _ = register(program{Name: "txpool", Part: "unseen", Site: "txpool.statement", run: txPool,
	About: "transactions on a few connections: who finds none waits in line for whoever gives one back; statements inside"})

func txPool(e *env) {
	var lock sync.Mutex
	free := 3
	var line []chan struct{}
	take := func() {
		lock.Lock()
		if free > 0 {
			free--
			lock.Unlock()
			return
		}
		turn := make(chan struct{}, 1)
		line = append(line, turn)
		lock.Unlock()
		<-turn
	}
	give := func() {
		lock.Lock()
		defer lock.Unlock()
		if len(line) > 0 {
			line[0] <- struct{}{}
			line = line[1:]
			return
		}
		free++
	}
	e.arrive(110, 200*time.Microsecond, 2*time.Millisecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "POST /transfer", rec.Server)
		defer s.End()
		own, cancel := context.WithCancel(ctx)
		stop := context.AfterFunc(own, func() {
			_, s := rec.Start(rec.Pass(ctx, "cancel", "txpool.rollback"), "roll back", rec.Client)
			e.io(20*time.Microsecond, 100*time.Microsecond)
			s.End()
			give()
		})
		_, wait := rec.Start(ctx, "wait for connection")
		take()
		wait.End()
		tx, transaction := rec.Start(rec.Pass(ctx, "call", "txpool.begin"), "transaction", rec.Client)
		for range 1 + e.intn(3) {
			query(e, tx, "txpool.statement", "update account")
		}
		transaction.End()
		if e.chance(.2) {
			cancel()
			return
		}
		if stop() {
			give()
		}
		cancel()
	})
	time.Sleep(3 * time.Millisecond)
}

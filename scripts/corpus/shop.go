package main

import (
	"context"
	"sync"
	"time"

	"corpus/rec"
)

var _ = register(program{Name: "shop", Part: "unseen", Site: "shop.index", IDs: "attribute", Batch: true, run: shop,
	About: "one service with many of the patterns at once: fan-out, pool, batch, single flight, timers, cron, detached roots"})

func shop(e *env) {
	indexing := make(chan job, 32)
	for range 3 {
		go func() {
			for j := range indexing {
				_, s := rec.Start(j.ctx, "index product")
				e.work(10*time.Microsecond, 80*time.Microsecond)
				s.End()
				j.done()
			}
		}()
	}
	events := make(chan job, 64)
	batcher(e, events, 5, 3*time.Millisecond, func(batch []job) {
		_, s := rec.Start(rec.Background("batch"), "send events", "items", len(batch))
		e.io(100*time.Microsecond, 600*time.Microsecond)
		for _, j := range batch {
			_, s := rec.Start(j.ctx, "encode event")
			e.work(2*time.Microsecond, 20*time.Microsecond)
			s.End()
			j.done()
		}
		s.End()
	})
	var lock sync.Mutex
	var loading []func()
	load := func(ctx context.Context) {
		loaded := make(chan struct{})
		lock.Lock()
		loading = append(loading, func() { close(loaded) })
		if len(loading) == 1 {
			go func() {
				ctx, s := rec.Start(rec.Pass(ctx, "single flight", "shop.load"), "load catalogue")
				query(e, ctx, "shop.catalogue", "select catalogue")
				s.End()
				lock.Lock()
				for _, done := range loading {
					done()
				}
				loading = nil
				lock.Unlock()
			}()
		}
		lock.Unlock()
		<-loaded
	}
	sweep := every(e, 3*time.Millisecond, func() {
		ctx, s := rec.Start(rec.Background("cron"), "sweep carts")
		query(e, ctx, "shop.sweep", "delete carts")
		s.End()
	})
	e.arrive(120, 400*time.Microsecond, 2500*time.Microsecond, func(int) {
		ctx, s := rec.Start(rec.Background("request"), "GET /shop", rec.Server)
		defer s.End()
		load(ctx)
		g := newGroup(4)
		for range 2 + e.intn(3) {
			ctx := rec.Pass(ctx, "errgroup", "shop.price")
			g.Go(func() error {
				ctx, s := rec.Start(ctx, "price item")
				defer s.End()
				query(e, ctx, "shop.price.query", "select price")
				return nil
			})
		}
		_ = g.Wait()
		if e.chance(.6) {
			e.background.Add(1)
			indexing <- job{rec.Pass(ctx, "buffered channel", "shop.index"), e.background.Done}
		}
		e.background.Add(1)
		events <- job{rec.Pass(ctx, "batch item", "shop.event"), e.background.Done}
		if e.chance(.4) {
			remind := rec.Pass(ctx, "timer", "shop.remind")
			e.background.Add(1)
			time.AfterFunc(3*time.Millisecond, func() {
				defer e.background.Done()
				_, s := rec.Start(remind, "remind of cart")
				e.work(5*time.Microsecond, 40*time.Microsecond)
				s.End()
			})
		}
		if e.chance(.4) {
			audit(e, "audit shop")
		}
		_, render := rec.Start(ctx, "render")
		e.work(20*time.Microsecond, 120*time.Microsecond)
		render.End()
	})
	sweep()
}

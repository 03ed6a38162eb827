// Writes an execution trace with very many goroutines: each of the branches spawns eight more, which
// block on a channel, are woken and end.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/trace"
	"sync"
)

const leaves = 8

func leaf(results chan<- int, done *sync.WaitGroup, value int) {
	defer done.Done()
	results <- value
}

func branch(done *sync.WaitGroup) {
	defer done.Done()
	results := make(chan int)
	var inner sync.WaitGroup
	for value := 0; value < leaves; value++ {
		inner.Add(1)
		go leaf(results, &inner, value)
	}
	for value := 0; value < leaves; value++ {
		<-results
	}
	inner.Wait()
}

func run() error {
	path := flag.String("o", "go.trace", "the file to write")
	goroutines := flag.Int("goroutines", 7_000_000, "how many goroutines to spawn")
	flag.Parse()
	file, err := os.Create(*path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := trace.Start(file); err != nil {
		return err
	}
	var done sync.WaitGroup
	tokens := make(chan struct{}, 64)
	for spawned := 0; spawned < *goroutines; spawned += leaves + 1 {
		tokens <- struct{}{}
		done.Add(1)
		go func() { branch(&done); <-tokens }()
	}
	done.Wait()
	trace.Stop()
	return file.Sync()
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

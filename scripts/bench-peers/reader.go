// Reads a trace with Go's own reader and keeps who spawned whom.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"reader/trace"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	reader, err := trace.NewReader(bufio.NewReaderSize(file, 1<<20))
	if err != nil {
		panic(err)
	}
	events := 0
	parents := map[trace.GoID]trace.GoID{}
	for {
		event, err := reader.ReadEvent()
		if err == io.EOF {
			break
		}
		if err != nil {
			panic(err)
		}
		events++
		if event.Kind() != trace.EventStateTransition {
			continue
		}
		change := event.StateTransition()
		if change.Resource.Kind != trace.ResourceGoroutine {
			continue
		}
		if from, _ := change.Goroutine(); from == trace.GoNotExist {
			parents[change.Resource.Goroutine()] = event.Goroutine()
		}
	}
	fmt.Println(events, len(parents))
}

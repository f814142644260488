package simulation

import (
	"cmp"
	"container/heap"
	"slices"
	"sort"
)

// waitingLine is customers who wait, by rank.
type waitingLine []*customer

func byRank(a, b *customer) int {
	if a.Rank != b.Rank {
		return cmp.Compare(a.Rank, b.Rank)
	}
	return a.serial - b.serial
}

func (l *waitingLine) insert(c *customer) {
	at, _ := slices.BinarySearchFunc(*l, c, byRank)
	*l = slices.Insert(*l, at, c)
}

func (l *waitingLine) remove(c *customer) {
	if at, found := slices.BinarySearchFunc(*l, c, byRank); found {
		*l = slices.Delete(*l, at, at+1)
	}
}

// behind is the index of the first who stands behind a place.
func (l waitingLine) behind(rank int64, serial int) int {
	return sort.Search(len(l), func(i int) bool { return l[i].Rank > rank || l[i].Rank == rank && l[i].serial > serial })
}

// oldest finds who of a queue's waiting customers came first. Those who are gone are dropped when they come up.
type oldest []*customer

func (o oldest) Len() int           { return len(o) }
func (o oldest) Less(i, j int) bool { return o[i].serial < o[j].serial }
func (o oldest) Swap(i, j int)      { o[i], o[j] = o[j], o[i] }
func (o *oldest) Push(c any)        { *o = append(*o, c.(*customer)) }
func (o *oldest) Pop() any {
	old := *o
	last := old[len(old)-1]
	*o = old[:len(old)-1]
	return last
}

func (o *oldest) add(c *customer) {
	const enough = 64
	if len(*o) > enough+2*c.queue.waiting {
		*o = slices.DeleteFunc(*o, func(other *customer) bool { return !other.lined || other.queue != c.queue })
		heap.Init(o)
	}
	heap.Push(o, c)
}

func (o *oldest) first(q *queue) *customer {
	for len(*o) > 0 {
		if c := (*o)[0]; c.lined && c.queue == q {
			return c
		}
		heap.Pop(o)
	}
	return nil
}

// stand puts a customer into the line of their queue, where they may be offered.
func (r *run) stand(c *customer) {
	if c.lined {
		return
	}
	c.lined = true
	c.queue.waiting++
	if c.Anyone {
		r.anyone.insert(c)
	} else {
		c.queue.line.insert(c)
	}
	if len(r.plans) > 0 {
		c.queue.starts.add(c)
	}
}

// stepAside takes a customer out of the line.
func (r *run) stepAside(c *customer) {
	if !c.lined {
		return
	}
	c.lined = false
	c.queue.waiting--
	if c.Anyone {
		r.anyone.remove(c)
	} else {
		c.queue.line.remove(c)
	}
}

package kb

import (
	"math"
	"slices"
	"sort"
)

// How sure an answer must be. Tuned on the questions of kb_test.go; TestQuestions reports what comes of it.
const (
	// answers is the least score of an article that is given as the answer: about half of what the question's words weigh.
	answers = 0.52
	// tie is how close, relative to the best, the second must be for the customer to choose.
	tie = 0.93
	// bodyWorth is what a word in an article's text counts against one in its title or keywords, which say what it is about.
	bodyWorth = 0.6
	// titleWorth is what a title the question is about adds, so that of articles that share a word the one named by it comes first.
	titleWorth = 0.1
	// guessWorth is what a corrected misspelling counts.
	guessWorth = 0.85
	// maxRarity bounds what one rare word weighs, else a name would outweigh the matter.
	maxRarity = 3.0
	// actionRarity is what a verb weighs that no article has.
	actionRarity = 0.6
	// elsewhere is what a word counts, of its weight, against an article that does not have it when others do: the question is about
	// the shop, and words of several of its matters meet in one question.
	elsewhere = 0.65
	// leftover is what a pair of syllables weighs that no article has, in a word of which another pair is known.
	leftover = 0.35
)

// scored is an article with how well it answers, from 0 to 1 and a little more.
type scored struct {
	article
	score float64
}

// score ranks the candidates of one language for the words, best first: the share of the question, each word weighed by its
// rarity, that is found in the article. A word no article knows therefore counts against all of them. When the question has
// several sentences the best one counts too, if it stands for itself.
func (f found) score(words []word, locale string) []scored {
	c, ok := f.corpora[locale]
	if !ok {
		return nil
	}
	var list []scored
	for _, candidate := range f.candidates {
		if candidate.Locale != locale {
			continue
		}
		best := c.cover(words, candidate)
		for _, sentence := range bySentence(words) {
			best = max(best, c.cover(sentence, candidate))
		}
		if best > 0 {
			best += titleWorth * aboutness(words, candidate.Title)
		}
		list = append(list, scored{candidate.article, best})
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].score > list[j].score })
	return list
}

// aboutness is how alike a question and a title are, from 0 to 1: the share of each that is in the other.
func aboutness(words []word, title string) float64 {
	of := question(clean(title))
	if len(of) == 0 || len(words) == 0 {
		return 0
	}
	share := func(some, others []word) float64 {
		n := 0
		for _, w := range some {
			if slices.ContainsFunc(others, w.resembles) {
				n++
			}
		}
		return float64(n) / float64(len(some))
	}
	return (share(words, of) + share(of, words)) / 2
}

func bySentence(words []word) [][]word {
	var all [][]word
	for i := range words {
		if i == 0 || words[i].sentence != words[i-1].sentence {
			all = append(all, nil)
		}
		last := &all[len(all)-1]
		*last = append(*last, words[i])
	}
	if len(all) < 2 {
		return nil
	}
	return all
}

// cover is the share of the words, by weight, that the candidate has.
func (c corpus) cover(words []word, candidate candidate) float64 {
	var have, want float64
	for _, w := range words {
		weight, share := c.weigh(w, candidate.place)
		want += weight
		have += weight * share
	}
	if want == 0 {
		return 0
	}
	return have / want
}

// weigh returns how much a word counts and which share of it the article has.
func (c corpus) weigh(w word, places map[string]place) (weight, share float64) {
	var known, have, all float64
	n := 0
	for _, t := range w.terms {
		if c.found[t] == 0 {
			all += leftover
			continue
		}
		rarity := c.rarity(c.found[t])
		known, n, all = known+rarity, n+1, all+rarity
		switch places[t] {
		case inHead:
			have += rarity
		case inBody:
			have += rarity * bodyWorth
		}
	}
	switch {
	case n == 0 && w.alternative != "" && c.found[w.alternative] > 0:
		return c.weigh(word{terms: []string{w.alternative}, guessed: w.guessed}, places)
	case n == 0 && w.idle:
		return 0, 0
	case n == 0 && w.action:
		return actionRarity, 0
	case n == 0:
		return c.rarity(1), 0
	}
	weight, share = known/float64(n), have/all
	if w.guessed {
		share *= guessWorth
	}
	switch {
	case have == 0 && w.action:
		weight = min(weight, actionRarity)
	case have == 0:
		weight *= elsewhere
	}
	return weight, share
}

func (c corpus) rarity(found int) float64 {
	return min(math.Log(1+float64(c.articles)/float64(found)), maxRarity)
}

// knows reports whether any article in any language has part of the word.
func (f found) knows(w word) bool {
	for _, c := range f.corpora {
		for _, t := range w.lookups() {
			if c.found[t] > 0 {
				return true
			}
		}
	}
	return false
}

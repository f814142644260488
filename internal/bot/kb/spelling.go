package kb

// misspelt reports whether meant may be what was written: one letter wrong, missing, too much or swapped with its neighbour, two in
// long words. Short words are left alone: too many of them are that close.
func misspelt(written, meant string) (distance int, ok bool) {
	if len(written) > 3*len(meant)+2 || len(meant) > 3*len(written)+2 {
		return 0, false
	}
	a, b := letters(written), letters(meant)
	hangul := len(written) > 0 && isSyllable([]rune(written)[0])
	allowed := 0
	switch shorter, longer := min(len(a), len(b)), max(len(a), len(b)); {
	case shorter >= 8:
		allowed = 2
	case shorter >= 4 && longer >= 5:
		allowed = 1
	}
	if allowed == 0 || len(a)-len(b) > allowed || len(b)-len(a) > allowed {
		return 0, false
	}
	// People rarely get a word's first letter wrong; other words often differ in it.
	if !hangul && a[0] != b[0] && (a[0] != b[1] || a[1] != b[0]) {
		return 0, false
	}
	distance = editDistance(a, b)
	return distance, distance <= allowed
}

// editDistance counts insertions, deletions, replacements and swaps of neighbours.
func editDistance(a, b []rune) int {
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	before, previous, current := rows[0], rows[1], rows[2]
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			current[j] = min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				current[j] = min(current[j], before[j-2]+1)
			}
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}

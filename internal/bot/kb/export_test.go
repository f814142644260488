package kb

// The statements, for a look at their plans.
const (
	SearchSQL   = searchSQL
	SpellingSQL = spellingSQL
)

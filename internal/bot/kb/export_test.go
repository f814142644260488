package kb

// Stem is stemOf for tests.
func Stem(w string) string { s, alt, _ := stemOf([]rune(w)); _ = alt; return string(s) }

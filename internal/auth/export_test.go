package auth

// What the tests look into.
var (
	CheckPassword = checkPassword
	Decoy         = decoy
)

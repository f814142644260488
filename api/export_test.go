package api

import "seax/internal/auth"

// Access is the table of who may call which route.
func Access() map[string]auth.Role { return access }

// BasePath is where the API's own routes begin.
const BasePath = basePath

module seax

go 1.26.0

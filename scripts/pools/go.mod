module pools

go 1.22

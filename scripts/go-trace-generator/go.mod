module gotracegenerator

go 1.22

// Command gannet is the whole product: gannet help says what it does.
//
// main hands the command line to internal/cli and its result to the system, nothing else;
// the tests here drive the built binary as a user does. Start at cli.Main.
package main

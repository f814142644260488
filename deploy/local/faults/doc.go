// Package faults holds tests that run SeaX as it runs in production, as separate processes, and end them one by one in the
// middle of everything: what was acknowledged must survive, every conversation must go on and end.
//
// SEAX_FAULTS_RACE=1 runs programs that look for data races.
package faults

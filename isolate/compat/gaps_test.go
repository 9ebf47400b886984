package compat_test

// gaps are the cases in which Gannet is known to differ from workerd: "script/case" to the
// reason.
var gaps = map[string]string{}

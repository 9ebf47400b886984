package proc

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAvailable(t *testing.T) {
	const gib = 1 << 30
	const meminfo = "MemTotal:        8388608 kB\nMemFree:  1 kB\n"
	cases := []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"nothing known", nil, 0},
		{"machine alone", map[string]string{"proc/meminfo": meminfo}, 8 * gib},
		{"v2 without a limit", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "max\n"}, 8 * gib},
		{"v2 own limit", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/memory.max": "1073741824\n"}, gib},
		{"v2 limit above", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/memory.max": "2147483648\n"}, 2 * gib},
		{"v2 in its own namespace", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1073741824"}, gib},
		{"v1", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "5:cpu:/x\n4:hugetlb,memory:/x\n", "sys/fs/cgroup/memory/x/memory.limit_in_bytes": "1073741824\n"}, gib},
		{"v1 unlimited", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 8 * gib},
		{"nonsense", map[string]string{"proc/meminfo": "MemTotal: x kB\n", "proc/self/cgroup": "no\n:::\n"}, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range c.files {
				path := filepath.Join(root, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if got := available(root); got != c.want {
				t.Errorf("available: got %d, want %d", got, c.want)
			}
		})
	}
}

func TestSetMemoryLimitLeavesTheUsersAlone(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "123MiB")
	if got := SetMemoryLimit(); got != 0 {
		t.Errorf("with GOMEMLIMIT set the limit became %d", got)
	}
}

package bundle
import ("testing";"fmt";"github.com/evanw/esbuild/pkg/api")
func TestProbe(t *testing.T){
 for _, f := range []string{"sw.js","swreq.js","cjs.js","esm.js"} { for _, b := range []bool{false,true} {
 o := api.BuildOptions{EntryPoints: []string{"/tmp/probe/src/"+f}, AbsWorkingDir:"/tmp/probe", Bundle:b, Metafile:true, Outfile:"out.js", Target: api.ESNext, Define: map[string]string{"import.meta":"__meta"}, Supported: map[string]bool{"async-generator":false,"for-await":false,"using":false,"decorators":false,"dynamic-import":false, "regexp-match-indices":false,"regexp-set-notation":false, "regexp-unicode-property-escapes":false},
 Plugins: []api.Plugin{{Name:"x",Setup:func(b api.PluginBuild){ b.OnResolve(api.OnResolveOptions{Filter:"^node:"}, func(a api.OnResolveArgs)(api.OnResolveResult,error){ return api.OnResolveResult{Path:a.Path,Namespace:"gn", Warnings: []api.Message{{Text:"absent "+a.Path}}},nil}); b.OnLoad(api.OnLoadOptions{Filter:".*",Namespace:"gn"}, func(a api.OnLoadArgs)(api.OnLoadResult,error){ c:="module.exports=__host.module(1)"; return api.OnLoadResult{Contents:&c},nil}) }}},
 }
 if b { o.Format=api.FormatESModule }
 r := api.Build(o)
 fmt.Println("=====",f,b)
 for _,m := range append(r.Errors,r.Warnings...) { fmt.Println("MSG",m.ID, m.Text, m.Location) }
 for _,o := range r.OutputFiles { fmt.Println(string(o.Contents)) }
 fmt.Println(r.Metafile)
 }}
}

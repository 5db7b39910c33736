import { encodeSegment, decodeSegments } from './src/store/history/series-codec.ts';
import { toLogByte, fromLogByte } from './src/uptime/log-steps.ts';
let seed=1; const rnd=()=>{seed=(seed*1103515245+12345)&0x7fffffff;return seed/0x7fffffff};
const g=()=>Math.sqrt(-2*Math.log(rnd()+1e-9))*Math.cos(6.283*rnd());
const q=(x:number)=>fromLogByte(toLogByte(x))!;
function make(http:boolean, interval:number){ const runs:any[]=[]; const day=20833*864e5;
 for(let l=1;l<=6;l++){ const base=[3,20,45,80,140,200][l-1]!; for(let t=0;t<3600e3;t+=interval){
  const dns=q(Math.max(.3,rnd()<.7?1+0.3*g():15+5*g())), con=q(base*(1+Math.abs(.04*g()))+ (rnd()<.03?30*rnd():0));
  const asked=Math.floor(t+l*10000+20+Math.abs(15*g())+(rnd()<.05?200*rnd():0));
  const tm:any={dnsMs:dns,connectMs:con}; if(http){tm.tlsMs=q(base*2*(1+.05*Math.abs(g())));tm.firstByteMs=q(base+60*(1+.25*Math.abs(g())));}
  const s=Object.values(tm).reduce((a:any,b:any)=>a+b,0) as number; tm.totalMs=q(s*(1+.0*g()));
  runs.push({location:l,startedAt:day+asked+10*Math.floor(4+rnd()*3),outcome:'ok',timings:tm, ...(http?{}:{samples:{sent:2,lost:0,minMs:con,meanMs:q(con*1.02),maxMs:q(con*1.05),jitterMs:q(base*.03*Math.abs(g())+.05)}})});
 }} return {runs,day};}
for(const [n,h,s] of [['tcp',false,0],['http',true,0],['tcp-nosamples',false,1]] as any){ const {runs,day}=make(h,60000); if(s) for(const r of runs) delete r.samples;
 const e=encodeSegment({seq:123456,runs},day); const d=decodeSegments(e,day)[0]!;
 const t0=performance.now(); for(let i=0;i<100;i++) encodeSegment({seq:1,runs},day); const t1=performance.now(); for(let i=0;i<100;i++) decodeSegments(e,day); const t2=performance.now();
 console.log(n, e.length, (e.length/runs.length).toFixed(2),'B/check', JSON.stringify(d.runs)===JSON.stringify(runs), ((t1-t0)/100).toFixed(2),'ms enc',((t2-t1)/100).toFixed(2),'ms dec');}

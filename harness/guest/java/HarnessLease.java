import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.PipelineExecutorServiceLoader;
import org.apache.flink.runtime.minicluster.MiniCluster;

/**
 * One client's share of this JVM: the entry point of its own gateway.
 *
 * It is a map because PyFlink puts its callbacks into the entry point of the gateway that it finds.
 */
public class HarnessLease extends ConcurrentHashMap {
  final MiniCluster cluster;
  final List jobs = Collections.synchronizedList(new ArrayList());
  final List pending = Collections.synchronizedList(new ArrayList());

  public HarnessLease(MiniCluster cluster) {
    this.cluster = cluster;
  }

  /** What a script submits through: see Submissions. */
  public PipelineExecutorServiceLoader submissions(String report) {
    return new Submissions(jobs, pending, report);
  }

  /** Runs a jar's main class on a thread of its own; lists and options come as JSON. */
  public void run(String report, String jar, String mainClass, String args, String classPath, String conf)
      throws Exception {
    Submissions submissions = new Submissions(jobs, pending, report);
    Thread thread = new Thread(new Program(submissions, jar, mainClass, args, classPath, conf), "harness-program");
    thread.setDaemon(true);
    thread.start();
  }

  /** What the environments of a user's own tests submit through. */
  public Object tests(Configuration base) {
    return new LocalTests(this, base);
  }

  public String positions(String job) throws Exception {
    return Positions.read(job);
  }

  public String checkpoint(String path) throws Exception {
    return Checkpoint.read(path);
  }

  /** Cancels every job of this lease and waits until each has ended; returns those that have not, in time. */
  public String close(long millis) throws Exception {
    long end = System.currentTimeMillis() + millis;
    // A submission goes on in this JVM after its script was killed: only then can its job be cancelled.
    while (!pending.isEmpty() && System.currentTimeMillis() < end) Thread.sleep(2);
    List open = new ArrayList();
    synchronized (jobs) {
      open.addAll(jobs);
    }
    return cancel(open, end - System.currentTimeMillis()).toString();
  }

  /** Cancels jobs and waits until each has ended; returns those that have not, in time. */
  List cancel(List jobs, long millis) throws Exception {
    long end = System.currentTimeMillis() + millis;
    List open = new ArrayList(jobs);
    Iterator it = open.iterator();
    while (it.hasNext()) {
      try {
        cluster.cancelJob(JobID.fromHexString((String) it.next()));
      } catch (Throwable unknown) {
        it.remove();
      }
    }
    while (!open.isEmpty()) {
      it = open.iterator();
      while (it.hasNext()) {
        if (ended(JobID.fromHexString((String) it.next()))) it.remove();
      }
      if (open.isEmpty() || System.currentTimeMillis() > end) break;
      Thread.sleep(2);
    }
    return open;
  }

  boolean ended(JobID job) throws Exception {
    try {
      return ((JobStatus) cluster.getJobStatus(job).get()).isGloballyTerminalState();
    } catch (ExecutionException neverArrived) {
      return true;
    }
  }
}

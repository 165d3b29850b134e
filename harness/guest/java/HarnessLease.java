import java.io.Closeable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.MiniCluster;

/**
 * One client's share of this JVM: the entry point of its own gateway.
 *
 * It is a map because PyFlink puts its callbacks into the entry point of the gateway that it finds.
 */
public class HarnessLease extends ConcurrentHashMap {
  final MiniCluster cluster;
  final Control control;
  final String rest;
  final String note;
  final List jobs = Collections.synchronizedList(new ArrayList());
  final List pending = Collections.synchronizedList(new ArrayList());
  final List loaders = Collections.synchronizedList(new ArrayList());
  boolean neutral;
  String printed;

  Object gateway;

  /** The MiniCluster of this JVM, or null for the one behind a REST interface; a foreign one's jobs are noted. */
  public HarnessLease(MiniCluster cluster, String rest, String note) throws Exception {
    this.cluster = cluster;
    this.rest = rest;
    this.note = note;
    this.control = new Control(cluster, rest);
    if (cluster != null) OldAnswers.removeSeldom(cluster);
  }

  /** Whether sources of the next jobs never go idle: a drain loses the last windows of an idle one. */
  public void neutralise(boolean wanted) {
    neutral = wanted;
  }

  /** Where the next jobs' own lines go, beside the output of this JVM. */
  public void notePrinted(String file) {
    Printed.install();
    printed = file;
  }

  /** The gateway whose entry point this is. */
  public void serveBy(Object gateway) {
    this.gateway = gateway;
  }

  /** What the environments of a script are attached to; jars and options come as JSON. */
  public Object context(String report, String jars, String conf) throws Exception {
    return new ClientContext(submissions(report), jars, conf);
  }

  Submissions submissions(String report) throws Exception {
    Submissions submissions = new Submissions(this, report);
    if (cluster != null) submissions.slots = Live.countSlots(cluster);
    submissions.neutral = neutral;
    submissions.printed = printed;
    return submissions;
  }

  /** Runs a jar's main class on a thread of its own; lists and options come as JSON. */
  public void run(String report, String jar, String mainClass, String args, String classPath, String conf)
      throws Exception {
    Submissions submissions = submissions(report);
    Thread thread = new Thread(new Program(submissions, jar, mainClass, args, classPath, conf), "harness-program");
    thread.setDaemon(true);
    thread.start();
  }

  /** Runs the statements of a SQL file on a thread of its own; lists and options come as JSON. */
  public void runSql(String report, String output, String statements, String jars, String conf) throws Exception {
    SqlFile file = new SqlFile(submissions(report), output, statements, jars, conf);
    Thread thread = new Thread(file, "harness-sql");
    thread.setDaemon(true);
    thread.start();
  }

  /** The same on this thread, for a client in Python that knows the functions of the file. */
  public void runSqlWithPython(String report, String output, String statements, String jars, String conf)
      throws Exception {
    Submissions submissions = submissions(report);
    SqlFile file = new SqlFile(submissions, output, statements, jars, conf);
    file.gateway = gateway;
    file.run();
  }

  /** A class loader that goes with the lease. */
  public void keep(Object loader) {
    loaders.add(loader);
  }

  void closeLoaders() throws Exception {
    synchronized (loaders) {
      Iterator each = loaders.iterator();
      while (each.hasNext()) ((Closeable) each.next()).close();
      loaders.clear();
    }
  }

  /** What the environments of a user's own tests submit through. */
  public Object tests(Configuration base) {
    return new LocalTests(this, base);
  }

  public String positions(String job) throws Exception {
    return Positions.read(job);
  }

  public String metrics(String job, String names) throws Exception {
    return Metrics.read(job, names);
  }

  public String watermarks(String job) throws Exception {
    return Watermarks.read(cluster, job);
  }

  public String live(String job) throws Exception {
    return Live.read(cluster, job);
  }

  /** What the graph of a job that this lease submitted says of it: see JobGraph. */
  public String graph(String job) throws Exception {
    JobGraph known = JobGraph.of(job);
    return known == null ? "null" : known.told;
  }

  public String allMetrics(String job) throws Exception {
    return Metrics.all(job);
  }

  public boolean running(String job) throws Exception {
    return Live.running(cluster, job);
  }

  public String timers(String job) throws Exception {
    return Timers.read(cluster, job);
  }

  public String fail(String job, String message) throws Exception {
    return Live.fail(cluster, job, message);
  }

  public int replaceTaskManager(String job) throws Exception {
    return Live.replaceTaskManager(cluster, job);
  }

  public String checkpoint(String path) throws Exception {
    return Checkpoint.read(path);
  }

  /** How worn this JVM is; what nobody uses any more counts unless it is collected before. */
  public String wear(boolean collect) throws Exception {
    if (collect) System.gc();
    return Wear.read();
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
    JobGraph.JOBS.keySet().removeAll(open);
    try {
      return cancel(open, end - System.currentTimeMillis()).toString();
    } finally {
      control.close();
      Printed.FILES.keySet().removeAll(open);
      closeLoaders();
      Leftovers.drivers();
      if (cluster != null) Leftovers.jobs(cluster, open);
    }
  }

  /** Cancels jobs and waits until each has ended; returns those that have not, in time. */
  List cancel(List jobs, long millis) throws Exception {
    long end = System.currentTimeMillis() + millis;
    List open = new ArrayList(jobs);
    Iterator it = open.iterator();
    while (it.hasNext()) {
      try {
        control.cancel(JobID.fromHexString((String) it.next()));
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
    return control.ended(job);
  }
}

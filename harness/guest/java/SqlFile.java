import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.ResultKind;
import org.apache.flink.table.api.TableConfig;
import org.apache.flink.table.api.bridge.java.internal.StreamTableEnvironmentImpl;
import org.apache.flink.table.api.internal.TableEnvironmentImpl;
import org.apache.flink.table.api.internal.TableResultInternal;
import org.apache.flink.table.catalog.FunctionCatalog;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.delegation.Executor;
import org.apache.flink.table.delegation.Planner;
import org.apache.flink.table.factories.PlannerFactoryUtil;
import org.apache.flink.table.module.ModuleManager;
import org.apache.flink.table.operations.BeginStatementSetOperation;
import org.apache.flink.table.operations.EndStatementSetOperation;
import org.apache.flink.table.operations.ModifyOperation;
import org.apache.flink.table.operations.Operation;
import org.apache.flink.table.operations.QueryOperation;
import org.apache.flink.table.operations.command.ClearOperation;
import org.apache.flink.table.operations.command.HelpOperation;
import org.apache.flink.table.operations.command.QuitOperation;
import org.apache.flink.table.operations.command.ResetOperation;
import org.apache.flink.table.operations.command.SetOperation;
import org.apache.flink.table.resource.ResourceManager;
import org.apache.flink.table.utils.print.PrintStyle;
import org.apache.flink.table.utils.print.RowDataToStringConverter;

/** The statements of a SQL file, run one after the other as Flink's SQL client does it. */
class SqlFile implements Runnable {
  static final int MOST = 4000;
  static final String MODE = "execution.runtime-mode";
  static final String SYNC = "table.dml-sync";
  /** Where the job runs is not for the file to say; nor has a client's display any meaning here. */
  static final String[] OURS = {
    "execution.target", "execution.attached", "rest.address", "rest.port", "rest.bind-port",
    "jobmanager.rpc.address", "jobmanager.rpc.port", "sql-client.", "sql-gateway."
  };

  static final List INTERPRETERS = Arrays.asList(new Object[] {"python.executable", "python.client.executable"});

  final Submissions submissions;
  final String output;
  final List statements;
  final ClientContext context;
  final Configuration conf;
  final Map options = new TreeMap();
  StreamTableEnvironmentImpl tables;
  List set;
  boolean waits;
  TableResultInternal awaited;
  /** Of a client in Python that knows the functions of the file; else null. */
  Object gateway;

  SqlFile(Submissions submissions, String output, String statements, String jars, String conf) throws Exception {
    this.submissions = submissions;
    this.output = output;
    this.statements = (List) new ObjectMapper().readValue(statements, List.class);
    this.context = new ClientContext(submissions, jars, conf);
    this.conf = context.conf;
    this.waits = Boolean.parseBoolean(this.conf.getString(SYNC, "false"));
    this.conf.removeKey(SYNC);
  }

  public void run() {
    int status = 0;
    int at = 0;
    try {
      context.attach();
      EnvironmentSettings settings = EnvironmentSettings.newInstance().withConfiguration(conf).build();
      tables = (StreamTableEnvironmentImpl)
          StreamTableEnvironmentImpl.create(StreamExecutionEnvironment.getExecutionEnvironment(conf), settings);
      for (; at < statements.size(); at++) {
        if (!execute((String) statements.get(at), at + 1 < statements.size())) break;
        if (awaited == null) continue;
        submissions.tellLine("{\"event\":\"waiting\"}");
        awaited.await();
        awaited = null;
      }
    } catch (Throwable failure) {
      status = 1;
      tellError(failure, at);
    } finally {
      close();
      context.detach();
    }
    try {
      submissions.tellLine("{\"event\":\"exit\",\"status\":" + status + "}");
    } catch (Exception nobodyListens) {
      return;
    }
  }

  /** Runs one statement; false if it ends the file. */
  boolean execute(String statement, boolean hasNext) throws Exception {
    if (gateway == null) return execute((Operation) tables.getParser().parse(statement).get(0), statement, hasNext);
    // Flink looks for functions in Python in the one client that its gateway, a static field, is told of.
    Class clients = Class.forName("org.apache.flink.client.python.PythonEnvUtils");
    synchronized (clients) {
      Field field = clients.getDeclaredField("gatewayServer");
      field.setAccessible(true);
      Object before = field.get(null);
      field.set(null, gateway);
      try {
        return execute((Operation) tables.getParser().parse(statement).get(0), statement, hasNext);
      } finally {
        field.set(null, before);
      }
    }
  }

  boolean execute(Operation operation, String statement, boolean hasNext) throws Exception {
    if (operation instanceof QuitOperation) return false;
    if (operation instanceof ClearOperation || operation instanceof HelpOperation) return true;
    if (operation instanceof SetOperation) set((SetOperation) operation);
    else if (operation instanceof ResetOperation) reset((ResetOperation) operation);
    else if (operation instanceof BeginStatementSetOperation) set = new ArrayList();
    else if (operation instanceof EndStatementSetOperation) endSet(hasNext);
    else if (set != null) addToSet(operation);
    else if (operation instanceof QueryOperation) throw new IllegalStateException("a query at the top level");
    else told(statement, tables.executeInternal(operation), hasNext);
    return true;
  }

  void addToSet(Operation operation) {
    if (!(operation instanceof ModifyOperation)) {
      throw new IllegalStateException("only INSERT can stand between BEGIN STATEMENT SET and END");
    }
    set.add(operation);
  }

  void endSet(boolean hasNext) throws Exception {
    if (set == null) throw new IllegalStateException("no BEGIN STATEMENT SET stands before this END");
    List inserts = set;
    set = null;
    if (!inserts.isEmpty()) told("END", tables.executeInternal(inserts), hasNext);
  }

  /** Writes down what a statement answers, and notes a job that the file wants to be over before it goes on. */
  void told(String statement, TableResultInternal result, boolean hasNext) throws Exception {
    if (result.getJobClient().isPresent()) {
      if (waits && hasNext) awaited = result;
    } else if (result.getResultKind() == ResultKind.SUCCESS_WITH_CONTENT) {
      PrintWriter out = log();
      try {
        out.println("> " + statement);
        style(result).print(result.collectInternal(), out);
      } finally {
        out.close();
      }
    }
  }

  /** A table as SQL clients draw it; Janino calls no static method of an interface. */
  static PrintStyle style(TableResultInternal result) throws Exception {
    return (PrintStyle) PrintStyle.class
        .getMethod("tableauWithDataInferredColumnWidths",
            new Class[] {ResolvedSchema.class, RowDataToStringConverter.class})
        .invoke(null, new Object[] {result.getResolvedSchema(), result.getRowDataToStringConverter()});
  }

  PrintWriter log() throws Exception {
    return new PrintWriter(new OutputStreamWriter(new FileOutputStream(output, true), "UTF-8"));
  }

  void set(SetOperation operation) throws Exception {
    if (!operation.getKey().isPresent()) {
      PrintWriter out = log();
      Iterator all = options.entrySet().iterator();
      while (all.hasNext()) out.println(all.next());
      out.close();
      return;
    }
    String key = (String) operation.getKey().get();
    String value = (String) operation.getValue().get();
    for (int i = 0; i < OURS.length; i++) {
      if (OURS[i].endsWith(".") ? key.startsWith(OURS[i]) : key.equals(OURS[i])) return;
    }
    // A file that names the interpreter it runs with keeps the lease's environment for its functions.
    if (gateway != null && INTERPRETERS.contains(key) && (value.equals("python") || value.equals("python3"))) return;
    options.put(key, value);
    apply(key, value);
  }

  void reset(ResetOperation operation) throws Exception {
    List keys = new ArrayList();
    if (operation.getKey().isPresent()) keys.add(operation.getKey().get());
    else keys.addAll(options.keySet());
    Iterator each = keys.iterator();
    while (each.hasNext()) {
      String key = (String) each.next();
      options.remove(key);
      apply(key, conf.getString(key, null));
    }
  }

  /** An option from here on; null: as it is by default. */
  void apply(String key, String value) throws Exception {
    if (key.equals(SYNC)) {
      waits = Boolean.parseBoolean(value);
      return;
    }
    TableConfig config = tables.getConfig();
    if (value == null) config.getConfiguration().removeKey(key);
    else config.set(key, value);
    if (key.equals(MODE)) plan(config);
  }

  /** A planner for another mode, with the tables and functions that are there. */
  void plan(TableConfig config) throws Exception {
    EnvironmentSettings settings =
        EnvironmentSettings.newInstance().withConfiguration(config.getConfiguration()).build();
    ModuleManager modules = (ModuleManager) field("moduleManager");
    ResourceManager resources = (ResourceManager) field("resourceManager");
    FunctionCatalog functions = (FunctionCatalog) field("functionCatalog");
    Executor executor = (Executor) field("execEnv");
    Planner planner = PlannerFactoryUtil.createPlanner(
        executor, config, resources.getUserClassLoader(), modules, tables.getCatalogManager(), functions);
    tables = new StreamTableEnvironmentImpl(
        tables.getCatalogManager(), modules, resources, functions, config,
        StreamExecutionEnvironment.getExecutionEnvironment(conf), planner, executor, settings.isStreamingMode());
  }

  Object field(String name) throws Exception {
    Field field = TableEnvironmentImpl.class.getDeclaredField(name);
    field.setAccessible(true);
    return field.get(tables);
  }

  /** Catalogs and class loaders of the file go with it; the job has its own. */
  void close() {
    if (tables == null) return;
    try {
      tables.getCatalogManager().close();
      ((ResourceManager) field("resourceManager")).close();
    } catch (Exception nothingToLose) {
      return;
    }
  }

  void tellError(Throwable failure, int at) {
    StringBuilder messages = new StringBuilder();
    Throwable root = failure;
    for (int depth = 0; depth < 12; depth++) {
      String text = root.getMessage() == null ? root.getClass().getName() : root.getMessage();
      if (text.length() > MOST) text = text.substring(0, MOST) + " ...";
      if (depth > 0) messages.append(",");
      messages.append(Text.quote(text));
      if (root.getCause() == null || root.getCause() == root) break;
      root = root.getCause();
    }
    try {
      PrintWriter out = log();
      failure.printStackTrace(out);
      out.close();
      submissions.tellLine("{\"event\":\"error\",\"type\":" + Text.quote(root.getClass().getSimpleName())
          + ",\"statement\":" + at + ",\"messages\":[" + messages + "]}");
    } catch (Exception nobodyListens) {
      return;
    }
  }
}

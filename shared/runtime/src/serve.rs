//! From the start of the process to the answer of each invocation.

use std::error::Error;
use std::process::ExitCode;
use std::rc::Rc;

use lambda_runtime::{LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::Value;
use tracing::Instrument;

use crate::clients::Clients;
use crate::configuration::Configuration;
use crate::failure::FunctionError;
use crate::invocation::Invocation;
use crate::log::{self, LogSettings, chain};
use crate::start::StartError;

/// What the platform sets for every function, and what the Lambda runtime crate cannot do without.
const PLATFORM_VARIABLES: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
];

/// Runs a function: reads the environment, makes the clients, has `build` make the function's own context, and answers
/// invocations until the platform ends the process. Logs why it stopped, once.
///
/// All of it happens on one thread: a second one costs start-up time and finds nothing to do.
pub fn serve<C, B, E, H, R>(function: &str, build: B, handle: H) -> ExitCode
where
    B: AsyncFnOnce(Clients) -> Result<C, E>,
    E: Into<Box<dyn Error>>,
    H: AsyncFn(&C, Invocation, Value) -> Result<R, FunctionError>,
    R: Serialize,
{
    log::init(LogSettings::from_environment(function, variable));
    let event_loop = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let stopped = event_loop
        .map_err(StartError::EventLoop)
        .and_then(|event_loop| event_loop.block_on(run(build, handle)));
    match stopped {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = chain(&error), "function stopped");
            ExitCode::FAILURE
        }
    }
}

async fn run<C, B, E, H, R>(build: B, handle: H) -> Result<(), StartError>
where
    B: AsyncFnOnce(Clients) -> Result<C, E>,
    E: Into<Box<dyn Error>>,
    H: AsyncFn(&C, Invocation, Value) -> Result<R, FunctionError>,
    R: Serialize,
{
    if let Some(absent) = PLATFORM_VARIABLES.into_iter().find(|name| variable(name).is_none()) {
        return Err(StartError::NotOnLambda(absent));
    }
    let clients = Clients::from_environment(Configuration::from_environment(variable)?, variable)?;
    let (clock, random) = (clients.clock.clone(), clients.random.clone());
    let context = build(clients).await.map_err(|error| StartError::Build(error.into()))?;
    let function = Rc::new((context, handle));
    let service = service_fn(move |event: LambdaEvent<Value>| {
        let invocation = Invocation::from_context(&event.context, &clock, random.clone());
        let span = invocation.span();
        answer(Rc::clone(&function), invocation, event.payload).instrument(span)
    });
    lambda_runtime::run(service).await.map_err(|error| StartError::RuntimeApi(error))
}

async fn answer<C, H, R>(
    function: Rc<(C, H)>,
    invocation: Invocation,
    payload: Value,
) -> Result<R, FunctionError>
where
    H: AsyncFn(&C, Invocation, Value) -> Result<R, FunctionError>,
{
    let (context, handle) = &*function;
    let answer = handle(context, invocation, payload).await;
    if let Err(error) = &answer {
        tracing::error!(errorType = error.error_type, "invocation failed");
    }
    answer
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
